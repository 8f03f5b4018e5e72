/** What a function answers: told before Lambda fails it, in words that say why. */
import { setImmediate } from "node:timers/promises";
import middy, { type MiddlewareObj } from "@middy/core";
import { atSettlement, isPublicError, ownResponse, settle, settleNow } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  HTTP_KINDS,
  httpAnswer,
  httpEvent,
  invoke,
} from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import { type ResponseGuardOptions, responseGuard } from "../src/index.ts";
import { queueEvent } from "./support.ts";

const MAX = 6_291_556;

/** The outermost of a chain: answers public errors, and settles. */
const errors: MiddlewareObj = {
  before: (request) => atSettlement(request, nothing),
  after: (request) => settle(request, nothing),
  onError: (request) => {
    const { error } = request;
    if (isPublicError(error) && request.response === undefined) {
      const { statusCode, code, detail } = error;
      request.response = { statusCode, body: JSON.stringify({ code, detail }) };
    }
    settle(request, nothing);
  },
};
const nothing = (): void => {};

/** Adds headers once the outcome stands, as `security-headers` does. */
const addingHeaders = (headers: Readonly<Record<string, string>>): MiddlewareObj => {
  const add = (request: Parameters<typeof ownResponse>[0]): void => {
    const own = ownResponse(request);
    if (own !== undefined) own.headers = { ...own.headers, ...headers };
  };
  return {
    before: (request) => atSettlement(request, add),
    after: (request) => settle(request, add),
    onError: (request) => settle(request, add),
  };
};

interface Setting {
  readonly options?: ResponseGuardOptions;
  readonly event?: unknown;
  readonly outer?: readonly MiddlewareObj[];
  readonly inner?: readonly MiddlewareObj[];
}

/** Answers with what `answer` makes, through the guard. */
async function answerWith(answer: () => unknown, setting: Setting = {}) {
  const { options, event = {}, outer = [], inner = [] } = setting;
  const handler = middy()
    .use([...outer, responseGuard(options), ...inner])
    .handler(async () => answer());
  using captured = captureSecurityEvents();
  const outcome = await invoke(handler, event);
  return {
    ...outcome,
    failure: outcome.error?.errorMessage,
    type: outcome.error?.errorType,
    events: captured.events.map(
      ({ name, outcome: result, params }) => `${name} ${result}: ${params.join(", ")}`,
    ),
  };
}

/** A text whose JSON has this many bytes. */
const textOf = (bytes: number): string => "x".repeat(bytes - 2);

const tooLarge = (limit = MAX) => ({
  failure: `The response has more than ${limit} bytes.`,
  type: "PublicError",
  events: ["response_too_large blocked: max_bytes"],
});

describe("a direct call", () => {
  it("gets an answer of as many bytes as Lambda sends, and no more", async () => {
    expect(await answerWith(() => textOf(MAX))).toMatchObject({ result: textOf(MAX), events: [] });
    expect(await answerWith(() => textOf(MAX + 1))).toMatchObject(tooLarge());
  });

  it("gets any small answer as it is", async () => {
    for (const answer of [
      null,
      undefined,
      0,
      "",
      "text",
      [],
      { a: { b: [1] } },
      { body: 1n }.body === 1n,
    ]) {
      const { result, events } = await answerWith(() => answer);
      expect(result).toEqual(answer ?? null);
      expect(events).toEqual([]);
    }
  });

  it("is told that an answer has no JSON form", async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const answer of [cycle, { id: 1n }, () => 1, Symbol("s")]) {
      expect(await answerWith(() => answer)).toMatchObject({
        failure: "The response has no JSON form.",
        type: "PublicError",
        events: ["response_too_large blocked: json"],
      });
    }
  });

  it("may have a limit of its caller's, such as the 256 KiB of Step Functions", async () => {
    const options = { maxBytes: 262_144 };
    expect(await answerWith(() => textOf(262_144), { options })).toMatchObject({ events: [] });
    expect(await answerWith(() => textOf(262_145), { options })).toMatchObject(tooLarge(262_144));
  });

  it("is not spared Lambda's own end by a limit of Infinity", async () => {
    const options = { maxBytes: Infinity };
    expect(await answerWith(() => textOf(MAX + 1), { options })).toMatchObject({
      type: "Function.ResponseSizeTooLarge",
      events: [],
    });
    const endless = () => new Array(4_000_000_000);
    expect(await answerWith(endless, { options })).toMatchObject(tooLarge(Infinity));
  });

  it("survives an answer of traps and getters, with the guard's own words", async () => {
    const fail = (): never => {
      throw new Error("password=hunter2");
    };
    const hostile = [
      new Proxy({}, { get: (_, name) => name !== "then" && fail(), has: fail, ownKeys: fail }),
      {
        get body() {
          return fail();
        },
      },
      { statusCode: 200, body: { toJSON: fail } },
    ];
    for (const answer of hostile) {
      for (const event of [{}, httpEvent("api-gateway-http"), queueEvent("x")]) {
        const outcome = await middy()
          .use(responseGuard())
          .handler(() => answer)(event, {} as never)
          .then(
            () => undefined,
            (error: unknown) => error,
          );
        expect(outcome).toMatchObject({ code: "response_not_serializable", statusCode: 500 });
      }
    }
  });
});

describe.each(HTTP_KINDS)("an HTTP client, with %s", (kind) => {
  const limit = kind.startsWith("alb") ? 1_048_576 : MAX;
  const event = httpEvent(kind);
  const ask = (answer: () => unknown, setting: Setting = {}) =>
    answerWith(answer, { event, outer: [errors], ...setting });
  const respond = (bytes: number): object => {
    const response = { statusCode: 200, headers: { "x-a": "1" }, body: "" };
    return { ...response, body: textOf(bytes - JSON.stringify(response).length + 2) };
  };

  it("gets a response up to the limit", async () => {
    const outcome = await ask(() => respond(limit));
    expect(httpAnswer(kind, outcome)).toMatchObject({ status: 200 });
    expect(outcome.events).toEqual([]);
  });

  it("gets a 500 that says why in place of one that is larger", async () => {
    const outcome = await ask(() => respond(limit + 1));
    const { status, body } = httpAnswer(kind, outcome);
    expect(status).toBe(500);
    expect(JSON.parse(String(body))).toEqual({
      code: "response_too_large",
      detail: `The response has more than ${limit} bytes.`,
    });
    expect(outcome.events).toEqual(tooLarge(limit).events);
  });

  it("gets it too when only the headers that are added last make it too large", async () => {
    const inner = [addingHeaders({ "x-added": "1" })];
    const added = (await ask(() => respond(200), { inner })).payload.length - 200;
    const served = await ask(() => respond(limit - added), { inner });
    expect(served).toMatchObject({ events: [] });
    expect(Buffer.byteLength(served.payload)).toBeLessThanOrEqual(limit);

    const outcome = await ask(() => respond(limit - added + 1), { inner });
    const { status, body } = httpAnswer(kind, outcome);
    expect(status).toBe(500);
    expect(String(body)).toContain("response_too_large");
    expect(outcome.events).toEqual(tooLarge(limit).events);
  });

  it("has base64 counted as it is written, a third more than its bytes", async () => {
    const file = (bytes: number) => ({
      statusCode: 200,
      isBase64Encoded: true,
      body: Buffer.alloc(bytes).toString("base64"),
    });
    expect((await ask(() => file(0.7 * limit))).result).toMatchObject({ statusCode: 200 });
    expect((await ask(() => file(0.8 * limit))).result).toMatchObject({ statusCode: 500 });
  });

  it("has quotes and control characters counted with what JSON makes of them", async () => {
    const body = (unit: string, times: number) => ({ statusCode: 200, body: unit.repeat(times) });
    expect((await ask(() => body('"', 0.49 * limit))).result).toMatchObject({ statusCode: 200 });
    expect((await ask(() => body('"', 0.51 * limit))).result).toMatchObject({ statusCode: 500 });
    expect((await ask(() => body("\u0001", 0.17 * limit))).result).toMatchObject({
      statusCode: 500,
    });
  });
});

describe("a response without a status", () => {
  const event = httpEvent("api-gateway-http");

  it("is counted as it is, and as the body that it becomes", async () => {
    const quotes = { text: '"'.repeat(1_700_000) };
    const plain = await answerWith(() => quotes, { event, outer: [errors] });
    expect(plain.result).toEqual(quotes);

    // Once it is a body, each of its backslashes is escaped again.
    const setting = { event, outer: [errors], inner: [addingHeaders({ a: "1" })] };
    const grown = await answerWith(() => quotes, setting);
    expect(grown.result).toMatchObject({ statusCode: 500 });
    expect(grown.events).toEqual(tooLarge().events);
  });

  it("is told to have no JSON form before anybody tries to make it", async () => {
    const setting = { event, outer: [errors], inner: [addingHeaders({ a: "1" })] };
    const { result } = await answerWith(() => ({ id: 1n }), setting);
    expect(result).toMatchObject({
      statusCode: 500,
      body: '{"code":"response_not_serializable","detail":"The response has no JSON form."}',
    });
  });
});

describe("whoever else looks at the outcome", () => {
  it("sees the failure, not the response that was about to be sent", async () => {
    const seen: unknown[] = [];
    const look = (request: { readonly response: unknown }): void => {
      seen.push((request.response as { statusCode?: unknown }).statusCode);
    };
    const watching: MiddlewareObj = {
      before: (request) => atSettlement(request, look),
      after: (request) => settle(request, look),
      onError: (request) => settle(request, look),
    };
    const body = "x".repeat(1_048_400);
    const { result } = await answerWith(() => ({ statusCode: 200, body }), {
      event: httpEvent("alb"),
      outer: [errors, watching],
      inner: [addingHeaders({ "x-added": "x".repeat(1_000) })],
    });
    expect(result).toMatchObject({ statusCode: 500 });
    expect(seen).toEqual([500, 500]);
  });
});

describe("an answer that no handler gave", () => {
  it("is counted when a middleware answers early and settles", async () => {
    const early: MiddlewareObj = {
      before: (request) => {
        request.response = { statusCode: 200, body: "x".repeat(2_000) };
        settleNow(request);
        return request.response;
      },
    };
    const setting = { event: httpEvent("alb"), inner: [early], options: { maxBytes: 1_000 } };
    const { failure } = await answerWith(() => null, setting);
    expect(failure).toBe("The response has more than 1000 bytes.");
  });

  it("is counted when a middleware makes it of an error", async () => {
    const telling: MiddlewareObj = {
      onError: (request) => {
        request.response = { statusCode: 500, body: "x".repeat(2_000) };
      },
    };
    const fail = (): never => {
      throw new Error("no");
    };
    const options = { maxBytes: 1_000 };
    const setting = { event: httpEvent("alb"), inner: [telling], options };
    expect((await answerWith(fail, setting)).failure).toBe(
      "The response has more than 1000 bytes.",
    );
    expect((await answerWith(fail, { ...setting, event: {} })).failure).toBe(
      "The response has more than 1000 bytes.",
    );
  });

  it("is not looked for where the invocation fails", async () => {
    const fail = (): never => {
      throw new Error("no");
    };
    expect(await answerWith(fail)).toMatchObject({ failure: "no", events: [] });
  });
});

describe("an answer that Lambda takes and its reader may not", () => {
  const notification = (source: string, field: string): object => ({
    Records: [{ eventSource: `aws:${source}`, EventSource: `aws:${source}`, [field]: {} }],
  });
  const webSocket = { requestContext: { connectionId: "c", eventType: "MESSAGE" } };
  const told = ["response_too_large detected: reader_bytes"];

  it.each([
    ["s3", notification("s3", "s3"), 262_144],
    ["sns", notification("sns", "Sns"), 262_144],
    ["ses", notification("ses", "ses"), 262_144],
    ["eventbridge", { "detail-type": "t", source: "s", detail: {} }, 262_144],
    ["cloudwatch-logs", { awslogs: { data: "" } }, 262_144],
    ["a WebSocket", webSocket, 131_072],
  ])("goes out and is told, with %s", async (_name, event, readerBytes) => {
    expect(await answerWith(() => textOf(readerBytes), { event })).toMatchObject({ events: [] });
    const answer = textOf(readerBytes + 1);
    expect(await answerWith(() => answer, { event })).toMatchObject({
      result: answer,
      events: told,
    });
    expect(await answerWith(() => textOf(MAX + 1), { event })).toMatchObject(tooLarge());
  });

  it("is refused where the options have a limit", async () => {
    const options = { maxBytes: 200_000 };
    expect(await answerWith(() => textOf(200_001), { event: webSocket, options })).toMatchObject(
      tooLarge(200_000),
    );
    expect(await answerWith(() => textOf(199_999), { event: webSocket, options })).toMatchObject({
      events: [],
    });
  });
});

describe("a partial batch response", () => {
  it("passes as it is", async () => {
    const response = { batchItemFailures: [{ itemIdentifier: "message-1" }] };
    expect(await answerWith(() => response, { event: queueEvent("x") })).toMatchObject({
      result: response,
      events: [],
    });
  });
});

describe("many invocations in one process", () => {
  it("are told apart", async () => {
    const handler = middy()
      .use([errors, responseGuard({ maxBytes: 1_000 }), addingHeaders({ a: "1" })])
      .handler(async (event: unknown) => {
        await setImmediate();
        const { rawQueryString } = event as { readonly rawQueryString: string };
        const body = "x".repeat(Number(rawQueryString.slice("bytes=".length)));
        return { statusCode: 200, body };
      });
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const path = `/?bytes=${index % 2 ? 2_000 : 10}`;
        const { result } = await invoke(handler, httpEvent("api-gateway-http", { path }));
        return (result as { statusCode: number }).statusCode;
      }),
    );
    expect(statuses).toEqual(Array.from({ length: 100 }, (_, index) => (index % 2 ? 500 : 200)));
  });

  it("may share one frozen response", async () => {
    const shared = Object.freeze({ statusCode: 200, headers: Object.freeze({}), body: "{}" });
    const event = httpEvent("alb");
    for (let time = 0; time < 3; time++) {
      const { result } = await answerWith(() => shared, {
        event,
        outer: [errors],
        inner: [addingHeaders({ a: "1" })],
      });
      expect(result).toMatchObject({ statusCode: 200, headers: { a: "1" } });
    }
    expect(shared.headers).toEqual({});
  });
});

describe("the options", () => {
  it("are checked when the guard is made", () => {
    expect(() => responseGuard({ maxBytes: -1 })).toThrow(
      '@middy-hardening/payload-guard: option "maxBytes" must be a whole number of bytes, 0 or more (Infinity for no limit), but got a negative number.',
    );
    expect(() => responseGuard({ maxByte: 1 } as never)).toThrow('Did you mean "maxBytes"?');
    expect(() => responseGuard({ maxStreamBytes: undefined })).not.toThrow();
  });

  it("make three named hooks", () => {
    const { before, after, onError } = responseGuard();
    expect([before?.name, after?.name, onError?.name]).toEqual([
      "responseGuardBefore",
      "responseGuardAfter",
      "responseGuardOnError",
    ]);
  });
});
