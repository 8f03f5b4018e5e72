import { KMSClient } from "@aws-sdk/client-kms";
import middy from "@middy/core";
import { atSettlement, findSecret, isPublicError, Secret, settle } from "@middy-hardening/core";
import { httpEvent, invoke, type LocalAws, startLocalAws } from "@middy-hardening/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FieldOptions, type KmsDecryptorOptions, kmsDecryptor } from "../src/index.ts";
import { changeAnswers, countConcurrency, inputsOf, type Loose, run, tampered } from "./support.ts";

const TAX = "DE 123 456 789";

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({ keys: ["alias/orders", "alias/other"] });
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.clearCalls();
  aws.clearFaults();
});

const encrypted = (value: string | Uint8Array = TAX, context = {}) =>
  aws.encrypt("alias/orders", value, context);

const decryptor = (
  fields: Readonly<Record<string, FieldOptions>>,
  options: KmsDecryptorOptions = {},
) =>
  kmsDecryptor({
    fields,
    ...(options.client === undefined ? { clientConfig: aws.clientConfig } : {}),
    ...options,
  });

const decryptions = (): number => inputsOf(aws, "Decrypt").length;

describe("an encrypted field", () => {
  const middleware = () => decryptor({ "/customer/taxNumber": {} });

  test("is a secret when the handler gets the event", async () => {
    const { outcome } = await run(
      middleware(),
      { customer: { taxNumber: encrypted(), name: "Ada" } },
      ({ customer }) => [
        customer.taxNumber instanceof Secret,
        customer.taxNumber.reveal(),
        JSON.stringify(customer),
      ],
    );
    expect(outcome.result).toEqual([
      true,
      TAX,
      '{"taxNumber":"[secret /customer/taxNumber]","name":"Ada"}',
    ]);
  });

  test("is bytes on demand", async () => {
    const bytes = Uint8Array.of(0, 255);
    const { outcome } = await run(
      decryptor({ "/key": { as: "bytes" } }),
      { key: encrypted(bytes) },
      ({ key }) => [...key.reveal()],
    );
    expect(outcome.result).toEqual([0, 255]);
  });

  test.each([
    ["nothing on the way", {}],
    ["null on the way", { customer: null }],
    ["nothing there", { customer: {} }],
    ["null there", { customer: { taxNumber: null } }],
    ["an array on the way", { customer: [] }],
    ["no event", null],
  ])("that is absent is left to the validator: %s", async (_case, event) => {
    const { outcome, handled } = await run(middleware(), event, (received) => received);
    expect(outcome.result).toEqual(event);
    expect(handled).toBe(1);
    expect(decryptions()).toBe(0);
  });

  test("costs no promise where it is absent", () => {
    const request = { event: {}, context: {}, internal: {} };
    expect(middleware().before?.(request as never)).toBeUndefined();
  });

  test("is revealed no more after the invocation, and its bytes are zeros", async () => {
    for (const fails of [false, true]) {
      let kept: Loose;
      const { outcome } = await run(
        decryptor({ "/tax": {}, "/key": { as: "bytes" } }),
        { tax: encrypted(), key: encrypted(Uint8Array.of(7, 7)) },
        (event) => {
          kept = { ...event, bytes: event.key.reveal() };
          if (fails) throw new Error("handler");
          return [...kept.bytes];
        },
      );
      expect(outcome).toMatchObject(
        fails ? { error: { errorMessage: "handler" } } : { result: [7, 7] },
      );
      expect(() => kept.tax.reveal()).toThrow("[secret /tax] was disposed.");
      expect(() => kept.key.reveal()).toThrow("[secret /key] was disposed.");
      expect([...kept.bytes]).toEqual([0, 0]);
    }
  });

  test("is still known to the middlewares that settle the outcome", async () => {
    let found: string | undefined;
    const look = (): void => {
      found = findSecret(`log line with ${TAX}`);
    };
    const handler = middy()
      .use({
        before: (request) => atSettlement(request, look),
        after: (request) => settle(request, look),
      })
      .use(middleware())
      .handler(() => "handled");
    await invoke(handler, { customer: { taxNumber: encrypted() } });
    expect(found).toBe("[secret /customer/taxNumber]");
    expect(findSecret(TAX)).toBeUndefined();
  });

  test("belongs to its own invocation among those that run at the same time", async () => {
    const chain = middleware();
    const results = await Promise.all(
      ["one", "two", "three"].map(async (value) => {
        const event = { customer: { taxNumber: encrypted(value) } };
        const { outcome } = await run(chain, event, async ({ customer }) => {
          await new Promise((resolve) => setTimeout(resolve, 10));
          return customer.taxNumber.reveal();
        });
        return outcome.result;
      }),
    );
    expect(results).toEqual(["one", "two", "three"]);
  });

  test("comes beside the environment's values", async () => {
    process.env.FIELD_TEST_SECRET = aws.encrypt("alias/orders", "from the environment", {});
    try {
      const { outcome } = await run(
        decryptor(
          { "/tax": {} },
          { environment: { FIELD_TEST_SECRET: { encryptionContext: {} } } },
        ),
        { tax: encrypted() },
        ({ tax }, { secrets }) => [tax.reveal(), secrets.FIELD_TEST_SECRET.reveal()],
      );
      expect(outcome.result).toEqual([TAX, "from the environment"]);
    } finally {
      delete process.env.FIELD_TEST_SECRET;
    }
  });
});

describe("pointers", () => {
  test("are unescaped as RFC 6901 has it", async () => {
    const { outcome } = await run(
      decryptor({ "/a~1b/m~0n/~01": {} }),
      { "a/b": { "m~n": { "~1": encrypted() } } },
      (event) => event["a/b"]["m~n"]["~1"].reveal(),
    );
    expect(outcome.result).toBe(TAX);
  });

  test("lead to an array's elements by index and by *", async () => {
    const list = () => [encrypted("0"), encrypted("1")];
    const { outcome } = await run(
      decryptor({ "/some/1": {}, "/all/*": {}, "/nested/*/list/*": {}, "/object/*": {} }),
      {
        some: list(),
        all: list(),
        nested: [{ list: list() }, { list: [] }, { list: list() }],
        object: { "*": encrypted("star"), other: "x" },
      },
      (event) => ({
        some: `${event.some[0].length > 9} ${event.some[1].reveal()}`,
        all: event.all.map((one: Loose) => one.reveal()),
        nested: event.nested.map((one: Loose) => one.list.map((two: Loose) => two.reveal())),
        object: `${event.object["*"].reveal()} ${event.object.other}`,
      }),
    );
    expect(outcome.result).toEqual({
      some: "true 1",
      all: ["0", "1"],
      nested: [["0", "1"], [], ["0", "1"]],
      object: "star x",
    });
  });

  test.each(["/list/length", "/list/-", "/list/01", "/list/map", "/list/-1", "/list/9"])(
    "lead to nothing but elements of an array: %s",
    async (pointer) => {
      const { handled } = await run(decryptor({ [pointer]: {} }), { list: ["a", "b"] });
      expect(handled).toBe(1);
      expect(decryptions()).toBe(0);
    },
  );

  test.each(["/constructor/name", "/__proto__/x", "/toString", "/a/constructor/name"])(
    "lead to nothing that an event inherits: %s",
    async (pointer) => {
      const { handled } = await run(decryptor({ [pointer]: {} }), { a: {} });
      expect(handled).toBe(1);
      expect(decryptions()).toBe(0);
    },
  );

  test("lead to an own __proto__ without touching a prototype", async () => {
    const event = `{"__proto__":{"x":"${encrypted()}"}}`;
    const { outcome } = await run(decryptor({ "/__proto__/x": {} }), event, (received) => [
      Object.getOwnPropertyDescriptor(received, "__proto__")?.value.x.reveal(),
      Object.getPrototypeOf(received) === Object.prototype,
    ]);
    expect(outcome.result).toEqual([TAX, true]);
    expect(({} as Loose).x).toBeUndefined();
  });
});

describe("batches", () => {
  const sqsRecord = (body: string, index = 0) => ({
    messageId: String(index),
    receiptHandle: "handle",
    body,
    attributes: {},
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders",
    awsRegion: "eu-west-1",
  });

  test("have a field decrypted in the JSON text of each record, with that record's context", async () => {
    const body = (tenant: string) =>
      JSON.stringify({ tenant, tax: encrypted(`tax of ${tenant}`, { tenant, kind: "tax" }) });
    const { outcome } = await run(
      decryptor({
        "/Records/*/body/tax": {
          encryptionContext: { tenant: "/Records/*/body/tenant", kind: "tax" },
        },
      }),
      { Records: [sqsRecord(body("a")), sqsRecord(body("b")), sqsRecord(body("c"))] },
      (event) => event.Records.map(({ body }: Loose) => [body.tenant, body.tax.reveal()]),
    );
    expect(outcome.result).toEqual([
      ["a", "tax of a"],
      ["b", "tax of b"],
      ["c", "tax of c"],
    ]);
  });

  test("have a whole body decrypted", async () => {
    const { outcome } = await run(
      decryptor({ "/Records/*/body": {} }),
      { Records: [sqsRecord(encrypted("one")), sqsRecord(encrypted("two"))] },
      (event) => event.Records.map(({ body }: Loose) => body.reveal()),
    );
    expect(outcome.result).toEqual(["one", "two"]);
  });

  test("fail as a whole when one record cannot be decrypted", async () => {
    const { error, handled, events } = await run(decryptor({ "/Records/*/body": {} }), {
      Records: [sqsRecord(encrypted("one")), sqsRecord(tampered(encrypted("two")))],
    });
    expect(handled).toBe(0);
    expect(error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
    expect(events).toMatchObject([{ params: ["/Records/*/body"], outcome: "blocked" }]);
  });

  test.each(["not JSON", "5", "null", '"text"'])(
    "refuse a record whose body should hold the field but is %s",
    async (body) => {
      const { error } = await run(decryptor({ "/Records/*/body/tax": {} }), {
        Records: [sqsRecord(body)],
      });
      expect(error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
    },
  );

  test("make one call for equal ciphertexts, and one more for another context", async () => {
    const same = encrypted("same", { tenant: "a" });
    const tenants = ["a", "a", "a"];
    const { outcome } = await run(
      decryptor({
        "/list/*/tax": { encryptionContext: { tenant: "/list/*/tenant" } },
        "/copy": { encryptionContext: { tenant: "a" }, as: "bytes" },
      }),
      { list: tenants.map((tenant) => ({ tenant, tax: same })), copy: same },
      (event) => [
        ...event.list.map(({ tax }: Loose) => tax.reveal()),
        Buffer.from(event.copy.reveal()).toString(),
      ],
    );
    expect(outcome.result).toEqual(["same", "same", "same", "same"]);
    expect(decryptions()).toBe(1);

    const { error } = await run(
      decryptor({ "/list/*/tax": { encryptionContext: { tenant: "/list/*/tenant" } } }),
      { list: ["a", "b"].map((tenant) => ({ tenant, tax: same })) },
    );
    expect(error).toMatchObject({ statusCode: 422 });
    expect(decryptions()).toBe(3);
  });

  test("are decrypted side by side within the bound", async () => {
    const client = new KMSClient(aws.clientConfig);
    const concurrency = countConcurrency(client);
    const values = Array.from({ length: 25 }, (_, index) => `value ${index}`);
    const { outcome } = await run(
      decryptor({ "/*": {} }, { client, maxConcurrency: 4 }),
      values.map((value) => encrypted(value)),
      (event) => event.map((one: Loose) => one.reveal()),
    );
    expect(outcome.result).toEqual(values);
    expect(concurrency.most).toBe(4);
  });

  test("with more fields than allowed are refused before any call", async () => {
    const event = { list: Array.from({ length: 3 }, () => encrypted()) };
    const options = { maxFields: 2 };
    const { error, handled } = await run(decryptor({ "/list/*": {} }, options), event);
    expect(handled).toBe(0);
    expect(error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
    expect(decryptions()).toBe(0);
    event.list.pop();
    expect((await run(decryptor({ "/list/*": {} }, options), event)).handled).toBe(1);
  });

  test("stop calling once a value has failed", async () => {
    const list = Array.from({ length: 30 }, (_, index) => encrypted(`value ${index}`));
    const options = { maxConcurrency: 2 };
    await run(decryptor({ "/*": {} }, options), [tampered(encrypted()), ...list]);
    expect(decryptions()).toBeLessThan(31);
  });
});

describe("HTTP requests", () => {
  const event = () =>
    httpEvent("api-gateway-http", {
      method: "POST",
      path: "/orders",
      headers: { "x-card": encrypted("card") },
      body: { customer: { taxNumber: encrypted() } },
    });
  const parseBody = (request: { event: unknown }): undefined => {
    const received = request.event as { body: string };
    request.event = { ...received, body: JSON.parse(received.body) };
  };

  test("have a field of the parsed body decrypted", async () => {
    const handler = middy()
      .before(parseBody)
      .use(
        kmsDecryptor({
          fields: { "/body/customer/taxNumber": {}, "/headers/x-card": {} },
          clientConfig: aws.clientConfig,
        }),
      )
      .handler(({ body, headers }) => [
        body?.customer?.taxNumber?.reveal(),
        headers?.["x-card"]?.reveal(),
      ]);
    expect((await invoke(handler, event())).result).toEqual([TAX, "card"]);
  });

  test("whose body is still text fail with a word to the developer", async () => {
    const { error, handled } = await run(decryptor({ "/body/customer/taxNumber": {} }), event());
    expect(handled).toBe(0);
    expect(isPublicError(error)).toBe(false);
    expect(error).toMatchObject({
      message:
        "@middy-hardening/kms-decryptor: /body/customer/taxNumber could not be decrypted (the body is still text: use kmsDecryptor after the middleware that parses it).",
    });
  });

  test("whose body holds JSON text on the way are refused: nothing but their validator parses them", async () => {
    const nested = httpEvent("api-gateway-http", {
      method: "POST",
      body: { customer: JSON.stringify({ taxNumber: encrypted() }) },
    });
    let error: unknown;
    const handler = middy()
      .onError((request) => {
        error = request.error;
      })
      .before(parseBody)
      .use(decryptor({ "/body/customer/taxNumber": {} }))
      .handler(() => "handled");
    await invoke(handler, nested);
    expect(error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
  });
});

describe("an encryption context", () => {
  test("may hold literals, among them one that begins with a slash", async () => {
    const context = { purpose: "tax", path: "/orders", "~": "tilde" };
    const { outcome } = await run(
      decryptor({
        "/tax": {
          encryptionContext: { purpose: "tax", path: { literal: "/orders" }, "~": "tilde" },
        },
      }),
      { tax: encrypted(TAX, context) },
      ({ tax }) => tax.reveal(),
    );
    expect(outcome.result).toBe(TAX);
  });

  test("of a member that is called * is that member's", async () => {
    const { outcome } = await run(
      decryptor({ "/tax/*": { encryptionContext: { tenant: "/tenant/*" } } }),
      { tax: { "*": encrypted(TAX, { tenant: "acme" }) }, tenant: { "*": "acme" } },
      ({ tax }) => tax["*"].reveal(),
    );
    expect(outcome.result).toBe(TAX);
  });

  test("from the event binds a ciphertext to its tenant", async () => {
    const middleware = decryptor({ "/tax": { encryptionContext: { tenant: "/claims/tenant" } } });
    const tax = encrypted(TAX, { tenant: "acme" });
    const own = await run(middleware, { claims: { tenant: "acme" }, tax });
    expect(own.handled).toBe(1);
    const stolen = await run(middleware, { claims: { tenant: "other" }, tax });
    expect(stolen.handled).toBe(0);
    expect(stolen.error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
  });

  test.each([
    ["absent", {}],
    ["a number", { tenant: 5 }],
    ["an object", { tenant: {} }],
    ["null", { tenant: null }],
  ])("that is %s in the event refuses the event without a call", async (_case, rest) => {
    const { error } = await run(
      decryptor({ "/tax": { encryptionContext: { tenant: "/tenant" } } }),
      { tax: encrypted(TAX, {}), ...rest },
    );
    expect(error).toMatchObject({ statusCode: 422 });
    expect(decryptions()).toBe(0);
  });
});

describe("a given key", () => {
  test("refuses what another key encrypted", async () => {
    const middleware = decryptor({ "/tax": { keyId: "alias/orders" } });
    expect((await run(middleware, { tax: encrypted() })).handled).toBe(1);
    expect(inputsOf(aws, "Decrypt")).toMatchObject([{ KeyId: "alias/orders" }]);
    const { error } = await run(middleware, { tax: aws.encrypt("alias/other", TAX) });
    expect(error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
  });

  test("refuses an answer in the name of another key", async () => {
    const client = changeAnswers(new KMSClient(aws.clientConfig), (output) => {
      output.KeyId = aws.keyArn("alias/other");
    });
    const { error } = await run(
      decryptor({ "/tax": { keyId: aws.keyArn("alias/orders") } }, { client }),
      { tax: encrypted() },
    );
    expect(error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
  });
});

describe("a field that cannot be decrypted is refused before the handler runs", () => {
  test.each<[string, () => unknown]>([
    ["tampered ciphertext", () => tampered(encrypted())],
    ["text that is not base64", () => "plain text in place of ciphertext"],
    ["empty text", () => ""],
    ["6,145 bytes", () => Buffer.alloc(6_145).toString("base64")],
    ["base64 of something else", () => Buffer.from("something else").toString("base64")],
    ["a number", () => 5],
    ["an object", () => ({ reveal: "this" })],
    ["a list", () => [encrypted()]],
    ["bytes that are no text", () => encrypted(Uint8Array.of(0xff, 0xfe))],
  ])("%s", async (_case, value) => {
    const { error, events, handled } = await run(decryptor({ "/tax": {} }), { tax: value() });
    expect(handled).toBe(0);
    expect(isPublicError(error)).toBe(true);
    expect(error).toMatchObject({
      statusCode: 422,
      code: "decryption_failed",
      message: "The value at /tax could not be decrypted.",
    });
    expect(events).toMatchObject([
      {
        name: "crypt_decrypt_fail",
        params: ["/tax"],
        outcome: "blocked",
        source: "@middy-hardening/kms-decryptor",
      },
    ]);
    expect(events).toHaveLength(1);
  });

  test("text on the way that is no JSON", async () => {
    const { error } = await run(decryptor({ "/customer/tax": {} }), { customer: "Ada" });
    expect(error).toMatchObject({ statusCode: 422 });
  });

  test("a number on the way", async () => {
    const { error } = await run(decryptor({ "/customer/tax": {} }), { customer: 5 });
    expect(error).toMatchObject({ statusCode: 422 });
  });

  test("a getter that throws, left by another middleware", async () => {
    const handler = middy()
      .onError((request) => {
        expect(request.error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
        request.response = "refused";
      })
      .before((request) => {
        request.event = Object.defineProperty({}, "tax", {
          get: () => {
            throw new Error(`getter of ${TAX}`);
          },
        });
      })
      .use(decryptor({ "/tax": {} }))
      .handler(() => "handled");
    expect((await invoke(handler, {})).result).toBe("refused");
  });

  test("an encryption context that KMS does not accept", async () => {
    const client = new KMSClient(aws.clientConfig);
    client.middlewareStack.add(
      () => async () => {
        throw Object.assign(new Error("too long"), {
          name: "ValidationException",
          $metadata: { httpStatusCode: 400 },
        });
      },
      { step: "initialize" },
    );
    const { error } = await run(decryptor({ "/tax": {} }, { client }), { tax: encrypted() });
    expect(error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
  });

  test("of several values none is left in the event when one fails", async () => {
    let received: Loose;
    const handler = middy()
      .onError((request) => {
        received = request.event;
      })
      .use(decryptor({ "/good": {}, "/bad": {} }, { maxConcurrency: 1 }))
      .handler(() => "handled");
    await invoke(handler, { good: encrypted(), bad: "x" });
    expect(typeof received.good).toBe("string");
    expect(findSecret(TAX)).toBeUndefined();
  });
});

describe("a mistake of the deployment is for the log alone", () => {
  test("a function without the permission", async () => {
    aws.fault({ kind: "accessDenied" });
    const { error, events, handled } = await run(decryptor({ "/tax": {} }), { tax: encrypted() });
    expect(handled).toBe(0);
    expect(isPublicError(error)).toBe(false);
    expect(error).toMatchObject({
      message:
        "@middy-hardening/kms-decryptor: /tax could not be decrypted (KMS refused the call (AccessDeniedException)).",
    });
    expect(events).toMatchObject([{ name: "crypt_decrypt_fail", outcome: "blocked" }]);
  });

  test("a key that does not exist", async () => {
    const middleware = decryptor({ "/tax": { keyId: "alias/nobody" } });
    const { error } = await run(middleware, { tax: encrypted() });
    expect(isPublicError(error)).toBe(false);
    expect(error).toMatchObject({ message: expect.stringContaining("NotFoundException") });
  });

  test.each([
    ["a frozen event", "/tax", () => Object.freeze({ tax: encrypted() })],
    ["a frozen event around JSON text", "/json/tax", () => Object.freeze({ json: "{}" })],
  ])("%s takes no secret", async (_case, pointer, event) => {
    let error: unknown;
    const handler = middy()
      .onError((request) => {
        error = request.error;
      })
      .before((request) => {
        request.event = event();
      })
      .use(decryptor({ [pointer]: {} }))
      .handler(() => "handled");
    await invoke(handler, {});
    expect(error).toMatchObject({
      message: expect.stringContaining("the event is frozen there"),
    });
    expect(findSecret(TAX)).toBeUndefined();
  });
});

describe("when KMS is unavailable", () => {
  test.each(["throttle", "internalError", "disconnect", "garbage", "hang"] as const)(
    "%s: the caller is told 503 when the time is up",
    async (kind) => {
      aws.fault({ kind });
      const { error, events, handled } = await run(decryptor({ "/tax": {} }, { timeoutMs: 200 }), {
        tax: encrypted(),
      });
      expect(handled).toBe(0);
      expect(error).toMatchObject({
        statusCode: 503,
        code: "decryption_unavailable",
        message: "Encrypted values cannot be read at the moment.",
      });
      expect(events).toMatchObject([
        { name: "crypt_decrypt_fail", params: ["/tax"], outcome: "blocked" },
      ]);
    },
  );

  test("a throttled call is tried again within the time", async () => {
    aws.fault({ kind: "throttle", times: 2 });
    const { outcome } = await run(decryptor({ "/tax": {} }), { tax: encrypted() }, ({ tax }) =>
      tax.reveal(),
    );
    expect(outcome.result).toBe(TAX);
    expect(decryptions()).toBe(3);
  });
});
