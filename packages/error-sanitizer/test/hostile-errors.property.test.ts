import middy from "@middy/core";
import { PublicError } from "@middy-hardening/core";
import { httpEvent, invoke, lambdaContext } from "@middy-hardening/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorSanitizer } from "../src/index.ts";
import { findLeak } from "../src/leak-patterns.ts";
import { sqsEvent } from "./events.ts";

const SECRET = "hunter2-hunter2";

const fail = (): never => {
  throw new Error(SECRET);
};

/** A proxy whose every trap throws. */
const throwingProxy = (target: object): object =>
  new Proxy(target, new Proxy({}, { get: () => fail }) as ProxyHandler<object>);

const revokedProxy = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const withGetters = (error: object): object => {
  for (const name of ["name", "message", "stack", "cause", "statusCode", "expose", "toJSON"]) {
    Object.defineProperty(error, name, { get: fail, configurable: true });
  }
  return error;
};

const circular = (error: Error): Error => Object.assign(error, { cause: error, self: error });

class DatabaseError extends Error {
  readonly connectionString = `postgres://app:${SECRET}@db/orders`;
  readonly config = { headers: { authorization: SECRET } };
  toJSON(): never {
    return fail();
  }
  [Symbol.toPrimitive](): never {
    return fail();
  }
}

/** A function that gives the value, since fast-check itself would trip over some. */
const thrown: fc.Arbitrary<() => unknown> = fc.oneof(
  fc
    .anything({ withBigInt: true, withDate: true, withNullPrototype: true })
    .map((value) => () => value),
  fc.string().map((message) => () => new Error(`${SECRET}${message}`)),
  fc.string().map((message) => () => new DatabaseError(`${SECRET}${message}`)),
  fc.string().map((message) => () => Object.freeze(new DatabaseError(message))),
  fc.constantFrom<(() => unknown)[]>(
    () => null,
    () => undefined,
    () => SECRET,
    () => Symbol(SECRET),
    () => fail,
    () => circular(new Error(SECRET)),
    () => withGetters(new Error(SECRET)),
    () => withGetters({}),
    () => throwingProxy(new Error(SECRET)),
    () => throwingProxy(() => {}),
    () => revokedProxy(new Error(SECRET)),
    () => revokedProxy(new PublicError(404)),
    () => new AggregateError([new Error(SECRET), null], SECRET),
    () => new Error("x".repeat(5_000_000)),
    () => Object.create(null),
    () => Object.assign(new Error(SECRET), { name: SECRET }),
    () => Object.assign(new Error(SECRET), { statusCode: 404, expose: { valueOf: fail } }),
    () => ({ [Symbol.for("middy-hardening.PublicError")]: true, statusCode: { valueOf: fail } }),
    () => ({ statusCode: 404, message: SECRET, headers: { "x-secret": SECRET } }),
  ),
);

const requestId = "7d3a1f0e-9c64-4b1d-8f2a-5e6b7c8d9e0f";

function outcomeOf(error: unknown, event: unknown) {
  const handler = middy()
    .use(errorSanitizer({ map: () => undefined }))
    .handler(() => {
      throw error;
    });
  return invoke(handler, event, lambdaContext({ awsRequestId: requestId }));
}

describe("whatever is thrown", () => {
  test("over HTTP, the caller sees the same 500", async () => {
    const expected = await outcomeOf(new Error(), httpEvent("api-gateway-http"));
    await fc.assert(
      fc.asyncProperty(thrown, async (make) => {
        const outcome = await outcomeOf(make(), httpEvent("api-gateway-http"));
        expect(outcome.payload).toBe(expected.payload);
        expect(outcome.runtimeLog).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("on other triggers, the caller and the runtime's log see the same error", async () => {
    const expected = await outcomeOf(new Error(), sqsEvent);
    expect(expected.error).toEqual({
      errorType: "InternalError",
      errorMessage: `Internal error (request id: ${requestId})`,
      trace: [""],
    });
    await fc.assert(
      fc.asyncProperty(thrown, async (make) => {
        const outcome = await outcomeOf(make(), sqsEvent);
        expect(outcome.payload).toBe(expected.payload);
        expect(outcome.runtimeLog).toEqual(expected.runtimeLog);
      }),
      { numRuns: 500 },
    );
  });

  test("in the fields of a public error, the answer is sound problem details", async () => {
    const anything = fc.anything({ withBigInt: true });
    const fields = fc.record(
      {
        code: anything,
        title: anything,
        detail: anything,
        name: anything,
        headers: fc.oneof(
          anything,
          fc.dictionary(fc.constantFrom("allow", "Retry-After"), anything),
        ),
        extensions: fc.oneof(anything, fc.dictionary(fc.string(), anything)),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fields, async (given) => {
        const error = {
          ...given,
          [Symbol.for("middy-hardening.PublicError")]: true,
          statusCode: 404,
        };
        const { result } = await outcomeOf(error, httpEvent("alb"));
        const { statusCode, headers, body } = result as {
          statusCode: number;
          headers: Record<string, string>;
          body: string;
        };
        expect(statusCode).toBe(404);
        expect(JSON.parse(body)).toMatchObject({ type: "about:blank", status: 404, requestId });
        for (const value of Object.values(headers)) expect(value).toMatch(/^[\t\x20-\x7e]+$/);
        const other = await outcomeOf(error, sqsEvent);
        expect(other.error).toMatchObject({ trace: [""] });
        expect(other.error?.errorType).toMatch(/^[A-Za-z_$][\w$]*$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("whatever is returned", () => {
  test("the guard throws nothing and finds nothing in what no operator wrote", async () => {
    const handlerOf = (response: unknown) =>
      middy()
        .use(errorSanitizer())
        .handler(() => response);
    const responses = fc.oneof(
      fc.anything({ withBigInt: true }),
      fc.record(
        {
          statusCode: fc.oneof(fc.integer(), fc.string()),
          body: fc.oneof(fc.string(), fc.json(), fc.anything()),
          headers: fc.anything(),
          multiValueHeaders: fc.anything(),
          cookies: fc.anything(),
          isBase64Encoded: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(responses, async (response) => {
        const call = handlerOf(response)(httpEvent("api-gateway-http"), lambdaContext());
        await expect(call).resolves.not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  test("text made of the guard's own pieces is read to its end", () => {
    const pieces = [
      ...["    at ", "&nbsp;", "async ", "node:", "(", ")", ":1", "java:", ".cs:li", "@", "://"],
      ...["a:", ")=(", "violat", "es ", "xist", 'relation "', "Duplic", "ate entry '", "ER_"],
      ...["js:", "at ", "/", "Password=", "Server=a;", "-----BEGIN ", "PRIVATE KEY---", "column "],
      ...["User: ", "arn:aws", "yntax ", "for ", "\n", "\\n", " ", "x", '"', "\\"],
    ];
    const hostile = fc
      .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 })
      .map((some) => some.join("").repeat(2_000));
    fc.assert(
      fc.property(hostile, (text) => {
        expect([
          undefined,
          "stack_trace",
          "database_error",
          "credentials",
          "system_error",
        ]).toContain(findLeak(text));
      }),
    );
  });
});
