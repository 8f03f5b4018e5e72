import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import { afterAll, describe, expect, test } from "vitest";
import {
  httpEvent,
  invokeStream,
  lambdaContext,
  provideAwsLambda,
  type StreamingHandler,
} from "../src/index.ts";

interface ResponseStream extends NodeJS.WritableStream {
  setContentType(type: string): void;
  readonly writableFinished: boolean;
  readonly writableNeedDrain: boolean;
  destroyed: boolean;
}

declare const awslambda: {
  streamifyResponse(
    handler: (event: unknown, stream: ResponseStream, context: unknown) => Promise<void>,
  ): StreamingHandler;
  HttpResponseStream: { from(stream: ResponseStream, prelude: unknown): ResponseStream };
};

const provided = provideAwsLambda();
afterAll(() => provided[Symbol.dispose]());

const end = (stream: ResponseStream): Promise<void> =>
  new Promise((resolve) => {
    stream.end(resolve);
  });

describe("invokeStream", () => {
  test("tells the status, headers and cookies that came before the body", async () => {
    const prelude = {
      statusCode: 201,
      headers: { "content-type": "text/plain" },
      cookies: ["a=1"],
    };
    const handler = awslambda.streamifyResponse(async (_event, bare) => {
      const stream = awslambda.HttpResponseStream.from(bare, prelude);
      stream.write("Straße ");
      stream.write("42");
      await end(stream);
    });
    expect(await invokeStream(handler, {})).toEqual({
      ...prelude,
      chunks: expect.any(Array),
      body: "Straße 42",
      isCut: false,
      runtimeLog: [],
      hasExited: false,
    });
  });

  test("hands over the event as JSON, and a context", async () => {
    const context = lambdaContext();
    const event = { undefined, at: new Date(0) };
    const handler = awslambda.streamifyResponse(async (received, stream, given) => {
      expect(given).toBe(context);
      stream.write(JSON.stringify(received));
      await end(stream);
    });
    const { body } = await invokeStream(handler, event, { context });
    expect(JSON.parse(body)).toEqual({ at: "1970-01-01T00:00:00.000Z" });
  });

  test("gives the chunks as they arrive, with the handler still at work", async () => {
    const order: string[] = [];
    const arrived = Promise.withResolvers<void>();
    const handler = awslambda.streamifyResponse(async (_event, stream) => {
      stream.write("first");
      await arrived.promise;
      order.push("handler goes on");
      stream.write("second");
      await end(stream);
    });
    const onChunk = (chunk: Buffer): void => {
      order.push(String(chunk));
      arrived.resolve();
    };
    const { chunks, statusCode } = await invokeStream(handler, {}, { onChunk });
    expect(order).toEqual(["first", "handler goes on", "second"]);
    expect(chunks.map(String)).toEqual(["first", "second"]);
    expect(statusCode).toBe(200);
  });

  test("lets the handler feel that its client reads slowly", async () => {
    const reading = Promise.withResolvers<void>();
    let hasWaited = false;
    const handler = awslambda.streamifyResponse(async (_event, stream) => {
      while (stream.write(Buffer.alloc(65_536)));
      hasWaited = stream.writableNeedDrain;
      reading.resolve();
      await once(stream, "drain");
      await end(stream);
    });
    const { isCut } = await invokeStream(handler, {}, { onChunk: () => reading.promise });
    expect([hasWaited, isCut]).toEqual([true, false]);
  });

  test("tells an error before the first byte as Lambda does", async () => {
    const handler = awslambda.streamifyResponse(async () => {
      throw new RangeError("nothing yet");
    });
    expect(await invokeStream(handler, {})).toMatchObject({
      statusCode: 502,
      chunks: [],
      isCut: true,
      error: { errorType: "RangeError", errorMessage: "nothing yet" },
      runtimeLog: [expect.stringContaining("nothing yet")],
    });
  });

  test("tells an error after the first byte, which is where the answer is cut", async () => {
    const handler = awslambda.streamifyResponse(async (_event, bare) => {
      const stream = awslambda.HttpResponseStream.from(bare, { statusCode: 200, headers: {} });
      stream.write("half");
      throw null;
    });
    expect(await invokeStream(handler, {})).toMatchObject({
      statusCode: 200,
      body: "half",
      isCut: true,
      error: { errorType: "string", errorMessage: "handled" },
      hasExited: false,
    });
  });

  test("sees a broken answer when the handler destroys its stream, as `pipeline` does", async () => {
    const handler = awslambda.streamifyResponse(async (_event, stream) => {
      const source = Readable.from(
        (async function* () {
          yield "half";
          await new Promise((resolve) => setTimeout(resolve, 20));
          throw new Error("no more");
        })(),
      );
      await pipeline(source, stream);
    });
    const outcome = await invokeStream(handler, {});
    expect(outcome).toMatchObject({ body: "half", isCut: true, hasExited: true });
    expect(outcome.error).toBeUndefined();
    expect(outcome.runtimeLog).toEqual([expect.stringContaining("no more")]);
  });

  test("sees nothing when the stream is destroyed at once", async () => {
    const handler = awslambda.streamifyResponse(async (_event, bare) => {
      const stream = awslambda.HttpResponseStream.from(bare, { statusCode: 200 });
      stream.destroyed = false; // It can be set, as of any stream.
      (stream as unknown as Readable).destroy();
    });
    expect(await invokeStream(handler, {})).toMatchObject({
      statusCode: 502,
      isCut: true,
      hasExited: true,
    });
  });

  test("sees no body in an answer whose beginning has no end", async () => {
    const handler = awslambda.streamifyResponse(async (_event, stream) => {
      stream.setContentType("application/vnd.awslambda.http-integration-response");
      stream.write('{"statusCode":');
      await end(stream);
    });
    expect(await invokeStream(handler, {})).toMatchObject({ chunks: [], body: "" });
  });

  test("breaks the connection when its signal says so", async () => {
    const leaving = new AbortController();
    const handler = awslambda.streamifyResponse(async (_event, stream) => {
      const endless = new Readable({ read: () => endless.push("more ") });
      await pipeline(endless, stream);
    });
    const onChunk = (): void => leaving.abort();
    const outcome = await invokeStream(handler, {}, { onChunk, signal: leaving.signal });
    expect(outcome).toMatchObject({ isCut: true, hasExited: true });
    expect(outcome.body).toMatch(/^more /);
  });

  test("takes an event that the handler emits for no broken connection", async () => {
    const handler = awslambda.streamifyResponse(async (_event, stream) => {
      stream.write("a");
      stream.emit("close");
      await end(stream);
    });
    expect(await invokeStream(handler, {})).toMatchObject({ isCut: false, hasExited: false });
  });

  test("writes what is neither text nor bytes as JSON, and a content type not too late", async () => {
    const handler = awslambda.streamifyResponse(async (_event, stream) => {
      stream.setContentType("application/json");
      (stream as unknown as { write(chunk: unknown): void }).write({ a: 1 });
      stream.write(new Uint8Array([33]));
      expect(() => stream.setContentType("text/plain")).toThrow("too late");
      await end(stream);
    });
    expect(await invokeStream(handler, {})).toMatchObject({ body: '{"a":1}!', isCut: false });
  });

  test("serves Middy's execution mode", async () => {
    const handler = middy({ executionMode: executionModeStreamifyResponse }).handler(() => ({
      statusCode: 200,
      headers: { "content-type": "text/plain" },
      body: Readable.from(["a", "b"]),
    }));
    const outcome = await invokeStream(handler, httpEvent("function-url"));
    expect(outcome).toMatchObject({ statusCode: 200, body: "ab", isCut: false });
  });

  test("refuses a handler that does not stream", async () => {
    await expect(invokeStream(async () => {}, {})).rejects.toThrow(TypeError);
  });
});

test("provideAwsLambda puts back what was there before", () => {
  const before = awslambda;
  const again = provideAwsLambda();
  again[Symbol.dispose]();
  expect(awslambda).toBe(before);
});
