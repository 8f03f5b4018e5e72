import { Duplex, PassThrough, Readable, Stream } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { setImmediate as turn } from "node:timers/promises";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import { ownResponse, PublicError, Secret, setHeader } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  httpEvent,
  type InvokeStreamOptions,
  invokeStream,
  lambdaContext,
  provideAwsLambda,
  type StreamOutcome,
} from "@middy-hardening/testing";
import { afterAll, describe, expect, test } from "vitest";
import { type ErrorSanitizerOptions, errorSanitizer } from "../src/index.ts";
import { webSocketEvent } from "./events.ts";

const provided = provideAwsLambda();
afterAll(() => provided[Symbol.dispose]());

const url = httpEvent("function-url");
const requestId = "7d3a1f0e-9c64-4b1d-8f2a-5e6b7c8d9e0f";
const stack = "Error: order not found\n    at fn (/var/task/index.js:10:5)\n";
const html = { "content-type": "text/html" };

/** Chunks that come one at a time, each in a turn of its own, and perhaps an error after them. */
async function* parts(chunks: readonly unknown[], error?: unknown): AsyncGenerator<unknown> {
  for (const chunk of chunks) {
    await turn();
    yield chunk;
  }
  await turn();
  if (error !== undefined) throw error;
}

const streamed = (chunks: readonly unknown[], error?: unknown): Readable =>
  Readable.from(parts(chunks, error));

function answer(
  response: unknown,
  { event = url, sanitizer, ...options }: Settings = {},
): Promise<StreamOutcome> {
  const handler = middy({ executionMode: executionModeStreamifyResponse })
    .use(errorSanitizer(sanitizer))
    .handler(() => {
      if (response instanceof Error) throw response;
      return response;
    });
  const context = lambdaContext({ awsRequestId: requestId });
  return invokeStream(handler as never, event, { context, ...options });
}

interface Settings extends InvokeStreamOptions {
  readonly event?: unknown;
  readonly sanitizer?: ErrorSanitizerOptions;
}

const closing = (stream: Readable): Promise<void> =>
  new Promise((resolve) => {
    stream.once("close", resolve);
  });

const everything = (outcome: StreamOutcome): string => JSON.stringify(outcome);

describe("a stream that goes well", () => {
  test.each([
    ["a Readable", () => streamed(["a", "ß", "c"])],
    ["a web stream", () => ReadableStream.from(parts(["a", "ß", "c"]))],
    ["an asynchronous iterable", () => parts(["a", "ß", "c"])],
    ["bytes", () => streamed(["a", "ß", "c"].map((text) => new TextEncoder().encode(text)))],
  ])("reaches the client as it is: %s", async (_, body) => {
    using captured = captureSecurityEvents();
    const outcome = await answer({ statusCode: 206, headers: html, body: body() });
    expect(outcome).toMatchObject({ statusCode: 206, headers: html, body: "aßc", isCut: false });
    expect(captured.events).toEqual([]);
  });

  test("is not held back: each chunk leaves before the next is there", async () => {
    const body = new PassThrough();
    body.write("first");
    const onChunk = (chunk: Buffer): void => {
      if (String(chunk).endsWith("first")) body.end("second");
    };
    const { chunks } = await answer({ statusCode: 200, body }, { onChunk });
    expect(chunks.map(String)).toEqual(["first", "second"]);
  });

  test("that is empty is an answer without a body", async () => {
    const outcome = await answer({ statusCode: 204, body: Readable.from([]) });
    expect(outcome).toMatchObject({ statusCode: 204, body: "", isCut: false });
    expect(await answer({ statusCode: 200, body: streamed([""]) })).toMatchObject({ body: "" });
  });

  test.each(["function-url", "api-gateway-rest"] as const)(
    "without a response around it becomes one, which can have headers: %s",
    async (kind) => {
      const outcome = await answer(streamed(["a", "b"]), { event: httpEvent(kind) });
      const headers = { "content-type": "application/octet-stream" };
      expect(outcome).toMatchObject({ statusCode: 200, headers, body: "ab", isCut: false });
    },
  );

  test("as the body of a response without a status has the status 200", async () => {
    const outcome = await answer({ headers: html, body: streamed(["a", "b"]) });
    expect(outcome).toMatchObject({ statusCode: 200, headers: html, body: "ab", isCut: false });
  });

  test("stays what it is for a caller of Lambda's API", async () => {
    const bare = await answer(streamed(["a", { b: 1 }]), { event: {} });
    expect(bare).toMatchObject({ headers: {}, body: 'a{"b":1}', isCut: false });
    const whole = await answer({ statusCode: 200, body: streamed(["a"]) }, { event: {} });
    expect(whole).toMatchObject({ body: "a", isCut: false });
  });

  test("is read no faster than its client reads", async () => {
    let given = 0;
    const body = new Readable({
      read() {
        given += 1;
        this.push(given > 200 ? null : Buffer.alloc(65_536));
      },
    });
    const reading = Promise.withResolvers<void>();
    const answered = answer(
      { statusCode: 200, headers: html, body },
      { onChunk: () => reading.promise },
    );
    let before = -1;
    while (given > before || given === 0) {
      before = given;
      for (let turns = 0; turns < 100; turns++) await turn();
    }
    expect(given).toBeLessThan(200);
    reading.resolve();
    const { chunks, isCut } = await answered;
    expect([Buffer.concat(chunks).length, isCut]).toEqual([200 * 65_536, false]);
  });
});

describe("before the first byte", () => {
  test.each([
    ["the handler", () => new Error("connect postgres://app:hunter2@db")],
    ["a stream", () => ({ statusCode: 200, body: streamed([], new Error("hunter2")) })],
    ["a bare stream", () => streamed([], new Error("hunter2"))],
    ["a web stream", () => ({ statusCode: 200, body: ReadableStream.from(parts([], "hunter2")) })],
    ["a stream that ends early", () => ({ statusCode: 200, body: new Readable().destroy() })],
    ["a stream that failed long ago", () => ({ statusCode: 200, body: failed() })],
  ])("a failure of %s is answered with problem details", async (_, response) => {
    using captured = captureSecurityEvents();
    const outcome = await answer(response());
    expect(outcome).toMatchObject({
      statusCode: 500,
      headers: { "content-type": "application/problem+json" },
      isCut: false,
    });
    expect(JSON.parse(outcome.body)).toMatchObject({ code: "internal_server_error", requestId });
    expect(everything(outcome)).not.toContain("hunter2");
    expect(captured.events).toMatchObject([{ name: "sys_crash", outcome: "blocked" }]);
  });

  test("a public error of a stream says what it says", async () => {
    using captured = captureSecurityEvents();
    const error = new PublicError(404, { code: "order_not_found" });
    const outcome = await answer({ statusCode: 200, body: streamed([], error) });
    expect(outcome).toMatchObject({ statusCode: 404, isCut: false });
    expect(JSON.parse(outcome.body)).toMatchObject({ code: "order_not_found" });
    expect(captured.events).toEqual([]);
  });

  test("inner middlewares see the stream's own error, as they see the handler's", async () => {
    const seen: unknown[] = [];
    const error = new Error("hunter2");
    const handler = middy({ executionMode: executionModeStreamifyResponse })
      .use(errorSanitizer())
      .onError((request) => {
        seen.push(request.error);
      })
      .handler(() => streamed([], error));
    await invokeStream(handler as never, url);
    expect(seen).toEqual([error]);
  });

  test("a leak in the first chunk is answered with problem details", async () => {
    using captured = captureSecurityEvents();
    const outcome = await answer({ statusCode: 200, headers: html, body: streamed([stack]) });
    expect(outcome).toMatchObject({ statusCode: 500, isCut: false });
    expect(everything(outcome)).not.toContain("index.js");
    expect(captured.events).toMatchObject([
      { name: "response_leak", params: ["stack_trace"], outcome: "blocked" },
    ]);
  });

  test("a leak in a header ends the stream unread", async () => {
    const body = new PassThrough();
    const headers = { "x-error": stack.replaceAll("\n", " ") };
    expect(await answer({ statusCode: 200, headers, body })).toMatchObject({ statusCode: 500 });
    expect(body.destroyed).toBe(true);
  });

  test("a deadline ends the waiting for it, and the source", async () => {
    const deadline = new AbortController();
    const { signal } = deadline;
    const body = new PassThrough();
    const handler = middy({ executionMode: executionModeStreamifyResponse })
      .use(errorSanitizer())
      .handler(() => {
        setTimeout(() => deadline.abort(new PublicError(503, { code: "deadline_exceeded" })), 5);
        return { statusCode: 200, body };
      });
    const context = { ...lambdaContext(), deadline: { signal, remainingMs: () => 5 } };
    const outcome = await invokeStream(handler as never, url, { context });
    expect([outcome.statusCode, body.destroyed]).toEqual([503, true]);
    expect(JSON.parse(outcome.body)).toMatchObject({ code: "deadline_exceeded" });
  });

  test("a deadline has no say once a chunk is there: its plugin cuts what flows", async () => {
    const deadline = new AbortController();
    const { signal } = deadline;
    async function* slow(): AsyncGenerator<string> {
      yield "a";
      await turn();
      deadline.abort();
      await turn();
      yield "b";
    }
    const handler = middy({ executionMode: executionModeStreamifyResponse })
      .use(errorSanitizer())
      .handler(() => ({ statusCode: 200, body: slow() }));
    const context = { ...lambdaContext(), deadline: { signal, remainingMs: () => 5 } };
    const outcome = await invokeStream(handler as never, url, { context });
    expect(outcome).toMatchObject({ body: "ab", isCut: false });
  });

  test("a failure for a caller of Lambda's API is a clean error", async () => {
    const outcome = await answer(streamed([], new Error("hunter2")), { event: {} });
    expect(outcome).toMatchObject({
      chunks: [],
      isCut: true,
      error: {
        errorType: "InternalError",
        errorMessage: `Internal error (request id: ${requestId})`,
        trace: [""],
      },
    });
    expect(everything(outcome)).not.toContain("hunter2");
  });

  test("a stream that an inner onError has set is watched too", async () => {
    using captured = captureSecurityEvents();
    const handler = middy({ executionMode: executionModeStreamifyResponse })
      .use(errorSanitizer())
      .onError((request) => {
        request.response = { statusCode: 400, body: streamed([], new Error("hunter2")) };
      })
      .handler(() => {
        throw new Error("hunter2");
      });
    const outcome = await invokeStream(handler as never, url);
    expect(outcome).toMatchObject({ statusCode: 500, isCut: false });
    expect(everything(outcome)).not.toContain("hunter2");
    expect(captured.events).toMatchObject([{ name: "sys_crash" }]);
  });
});

const fail = (): never => {
  throw new Error("hunter2");
};

const failed = (): Readable => {
  const stream = new Readable({ read() {} });
  stream.on("error", () => {});
  return stream.destroy(new Error("hunter2"));
};

describe("after the first byte", () => {
  const kinds = [
    ["a Readable", (chunks: unknown[], error: unknown) => streamed(chunks, error)],
    [
      "a web stream",
      (chunks: unknown[], error: unknown) => ReadableStream.from(parts(chunks, error)),
    ],
    ["an asynchronous iterable", parts],
  ] as const;

  test.each(kinds)("a failure cuts the stream, and nothing of it is said: %s", async (_, make) => {
    using captured = captureSecurityEvents();
    const error = Object.assign(new TypeError("connect postgres://app:hunter2@db"), {
      config: { password: "hunter2" },
    });
    const body = make(["<p>", "half"], error);
    const outcome = await answer({ statusCode: 200, headers: html, body });
    expect(outcome).toMatchObject({ statusCode: 200, headers: html, body: "<p>half", isCut: true });
    expect(everything(outcome)).not.toContain("hunter2");
    expect(outcome.runtimeLog.join()).toContain("InternalError");
    // Otherwise every other invocation in its process would end with it.
    expect(outcome).toMatchObject({
      hasExited: false,
      error: {
        errorType: "InternalError",
        errorMessage: `Internal error (request id: ${requestId})`,
        trace: [""],
      },
    });
    expect(captured.events).toMatchObject([
      { name: "sys_crash", params: ["TypeError"], outcome: "blocked", request: { requestId } },
    ]);
  });

  test.each([
    ["a chunk", ["half", { toJSON: () => fail() }]],
    ["a leak", ["half", stack]],
  ])("nothing is said of what fails before anyone reads the stream: %s", async (_, chunks) => {
    const outcome = await answer({ statusCode: 200, headers: html, body: Readable.from(chunks) });
    expect(outcome).toMatchObject({ isCut: true, hasExited: false, error: { trace: [""] } });
    expect(everything(outcome)).not.toMatch(/hunter2|The stream leaks/);
  });

  test("a stream of an older library is watched too", async () => {
    const old = Object.assign(new Stream(), { _readableState: {}, pause() {}, resume() {} });
    setTimeout(() => old.emit("data", "half"), 5);
    setTimeout(() => old.emit("error", new Error("hunter2")), 15);
    const outcome = await answer({ statusCode: 200, headers: html, body: old });
    expect(outcome).toMatchObject({ body: "half", isCut: true, hasExited: false });
    expect(everything(outcome)).not.toContain("hunter2");
  });

  test("a public error cuts it as silently, and is no crash", async () => {
    using captured = captureSecurityEvents();
    const error = new PublicError(409, { detail: "The order is shipped." });
    const outcome = await answer({ statusCode: 200, body: streamed(["half"], error) });
    expect(outcome).toMatchObject({ statusCode: 200, body: "half", isCut: true });
    expect(everything(outcome)).not.toContain("shipped");
    expect(captured.events).toEqual([]);
  });

  test("a stream that ends early is cut, not ended", async () => {
    using captured = captureSecurityEvents();
    const body = new PassThrough();
    body.write("half");
    const onChunk = (): void => void body.destroy();
    const outcome = await answer({ statusCode: 200, body }, { onChunk });
    expect(outcome).toMatchObject({ body: "half", isCut: true });
    expect(captured.events).toMatchObject([{ name: "sys_crash" }]);
  });

  test("a chunk that has no JSON cuts it", async () => {
    using captured = captureSecurityEvents();
    const outcome = await answer({ statusCode: 200, body: streamed(["half", { big: 1n }]) });
    expect(outcome).toMatchObject({ body: "half", isCut: true });
    expect(captured.events).toMatchObject([{ name: "sys_crash", params: ["TypeError"] }]);
  });

  test("a client that goes away ends the source, and is no crash", async () => {
    using captured = captureSecurityEvents();
    const leaving = new AbortController();
    const body = new Readable({ read: () => void body.push("more ".repeat(1000)) });
    const closed = closing(body);
    const onChunk = (): void => leaving.abort();
    const outcome = await answer({ statusCode: 200, body }, { onChunk, signal: leaving.signal });
    await closed;
    expect([outcome.isCut, body.destroyed]).toEqual([true, true]);
    expect(captured.events).toEqual([]);
  });

  test.each([
    ["a Readable", (source: Readable) => source],
    ["a web stream", (source: Readable) => Readable.toWeb(source)],
  ])("a client that goes away ends a source that hangs: %s", async (_, make) => {
    const leaving = new AbortController();
    const source = new PassThrough();
    source.on("error", () => {});
    source.write("first");
    const closed = closing(source);
    const body = make(source);
    const onChunk = (): void => leaving.abort();
    await answer({ statusCode: 200, body }, { onChunk, signal: leaving.signal });
    await closed;
    expect(source.destroyed).toBe(true);
  });
});

describe("a leak after the first byte", () => {
  const secret = "correct horse battery staple";

  test("cuts the stream before it goes out", async () => {
    using captured = captureSecurityEvents();
    const body = streamed(["fine ", "fine ", stack, "never"]);
    const outcome = await answer({ statusCode: 200, headers: html, body });
    expect(outcome).toMatchObject({ statusCode: 200, body: "fine fine ", isCut: true });
    expect(outcome.hasExited).toBe(false);
    expect(captured.events).toMatchObject([
      { name: "response_leak", params: ["stack_trace"], outcome: "blocked" },
    ]);
  });

  test.each(Array.from({ length: secret.length - 1 }, (_, index) => index + 1))(
    "is found before its end goes out when a chunk ends at character %d of it",
    async (cut) => {
      using _kept = new Secret("database", secret);
      const body = streamed(["The password is ", secret.slice(0, cut), secret.slice(cut), "."]);
      const outcome = await answer({ statusCode: 200, headers: html, body });
      expect(outcome).toMatchObject({
        body: `The password is ${secret.slice(0, cut)}`,
        isCut: true,
      });
    },
  );

  test("is found when it comes byte by byte, and its characters are divided too", async () => {
    using captured = captureSecurityEvents();
    using _kept = new Secret("database", "Straße der Köche, Nº 5");
    const bytes = [...Buffer.from("x: Straße der Köche, Nº 5!")].map((byte) => Buffer.of(byte));
    const outcome = await answer({ statusCode: 200, headers: html, body: streamed(bytes) });
    expect(outcome).toMatchObject({ body: "x: Straße der Köche, Nº ", isCut: true });
    expect(captured.events).toMatchObject([{ params: ["secret"] }]);
  });

  test("is found far into a long stream, thousands of characters after it began", async () => {
    const line = "Order 4711 is on its way to you.\n".repeat(100);
    const long = `postgres://app:hunter2@db.internal/${"x".repeat(100)}`;
    const body = streamed([line, line, long.slice(0, 20), long.slice(20), line]);
    const outcome = await answer({ statusCode: 200, body });
    expect(outcome).toMatchObject({ body: line + line + long.slice(0, 20), isCut: true });
  });

  test.each([
    ["binary", { "content-type": "image/png" }],
    ["compressed", { "content-type": "text/html", "content-encoding": "br" }],
  ])("is not looked for in what is %s", async (_, headers) => {
    const body = streamed(["fine ", stack]);
    expect(await answer({ statusCode: 200, headers, body })).toMatchObject({ isCut: false });
  });

  test.each(["application/yaml", "multipart/mixed; boundary=b", "application/x-ndjson"])(
    "is looked for in what may be text: %s",
    async (type) => {
      const body = streamed(["fine ", stack]);
      const headers = { "content-type": type };
      expect(await answer({ statusCode: 200, headers, body })).toMatchObject({ isCut: true });
    },
  );

  test("cannot stand where another body stood at first: it is read once", async () => {
    let reads = 0;
    const response = {
      statusCode: 200,
      headers: html,
      get body() {
        return reads++ === 0 ? "fine" : streamed(["fine ", stack]);
      },
    };
    expect(await answer(response)).toMatchObject({ body: "fine", isCut: false });
  });

  test("is looked for in what is declared as not encoded", async () => {
    const headers = { ...html, "Content-Encoding": "Identity" };
    const body = streamed(["fine ", stack]);
    expect(await answer({ statusCode: 200, headers, body })).toMatchObject({ isCut: true });
  });

  test("is only reported when asked, and once", async () => {
    using captured = captureSecurityEvents();
    const response = { statusCode: 200, body: streamed(["fine ", stack, stack]) };
    const outcome = await answer(response, { sanitizer: { leakGuard: "report" } });
    expect(outcome).toMatchObject({ body: `fine ${stack}${stack}`, isCut: false });
    expect(captured.events).toMatchObject([{ name: "response_leak", outcome: "detected" }]);
  });

  test("is not looked for when that is off, and a failure is still silent", async () => {
    const body = streamed([stack], new Error("hunter2"));
    const outcome = await answer({ statusCode: 200, body }, { sanitizer: { leakGuard: "off" } });
    expect(outcome).toMatchObject({ body: stack, isCut: true });
    expect(everything(outcome)).not.toContain("hunter2");
  });
});

test("headers that inner middlewares set at settlement go out before the stream", async () => {
  const handler = middy({ executionMode: executionModeStreamifyResponse })
    .use(errorSanitizer())
    .after((request) => {
      const response = ownResponse(request);
      if (response !== undefined) setHeader(response, "x-inner", "1");
    })
    .handler(() => ({ statusCode: 200, body: streamed(["a"]) }));
  const outcome = await invokeStream(handler as never, url);
  expect(outcome).toMatchObject({ headers: { "x-inner": "1" }, body: "a" });
});

test("a Duplex, such as an answer that is passed on, is a stream too", async () => {
  const body = Duplex.from(parts(["a", "b"]));
  expect(await answer({ statusCode: 200, body })).toMatchObject({ body: "ab", isCut: false });
});

test("a response of a WebSocket with a stream is left to Lambda, which cannot send it", async () => {
  const outcome = await answer(
    { statusCode: 200, body: streamed(["a"]) },
    { event: webSocketEvent },
  );
  expect(outcome).toMatchObject({ body: "a" });
});

test("streams that flow at the same time know nothing of each other", async () => {
  using captured = captureSecurityEvents();
  const handler = middy({ executionMode: executionModeStreamifyResponse })
    .use(errorSanitizer())
    .handler((received) => {
      const number = Number((received as { rawPath: string }).rawPath.slice(1));
      const end = [["fine"], ["fine", stack], ["fine"]][number % 3] as string[];
      const error = number % 3 === 2 ? new Error("hunter2") : undefined;
      return { statusCode: 200, headers: html, body: streamed([`${number} `, ...end], error) };
    });
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, (_, number) =>
      invokeStream(handler as never, httpEvent("function-url", { path: `/${number}` })),
    ),
  );
  for (const [number, { body, isCut }] of outcomes.entries()) {
    expect([body, isCut]).toEqual([`${number} fine`, number % 3 !== 0]);
  }
  const names = captured.events.map(({ name, request }) => [
    Number(request.http?.path.slice(1)) % 3,
    name,
  ]);
  expect(names.toSorted()).toEqual([
    ...Array.from({ length: 10 }, () => [1, "response_leak"]),
    ...Array.from({ length: 10 }, () => [2, "sys_crash"]),
  ]);
});
