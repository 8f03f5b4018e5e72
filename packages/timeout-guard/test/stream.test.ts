import { Readable } from "node:stream";
import middy, { type Request } from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import {
  captureSecurityEvents,
  invokeStream,
  lambdaContext,
  provideAwsLambda,
} from "@middy-hardening/testing";
import { DeadlineExceeded, timeoutGuard } from "@middy-hardening/timeout-guard";
import { describe, expect, it, vi } from "vitest";
import { answers, hang, request, useFakeTime } from "./support.ts";

/**
 * Stands for the mode of response streaming, which needs the runtime's own `awslambda`: the pipeline
 * first, then the body, piece by piece.
 */
const streaming = (
  core: {
    middyRequest: (event: unknown, context: unknown) => Request;
    runRequest: (request: Request, ...pipeline: readonly unknown[]) => Promise<unknown>;
  },
  ...pipeline: readonly unknown[]
) =>
  Object.assign(
    async (event: unknown, context: unknown, sent: string[]): Promise<void> => {
      const response = await core.runRequest(core.middyRequest(event, context), ...pipeline);
      const { body = response } = response as { body?: unknown };
      if (typeof body === "string") sent.push(body);
      else for await (const piece of body as AsyncIterable<unknown>) sent.push(String(piece));
    },
    { handler: undefined },
  );

function streamed(
  handler: (event: unknown, context: unknown, options: { signal: AbortSignal }) => unknown,
) {
  const deadline = timeoutGuard();
  const sent: string[] = [];
  const run = middy(handler, deadline.pluginFor(streaming as unknown as () => void))
    .use(answers())
    .use(deadline) as unknown as (...parameters: readonly unknown[]) => Promise<void>;
  return { sent, invoke: () => run(request(), lambdaContext(), sent) };
}

async function* pieces(pauseMs: number) {
  for (const piece of ["one", "two", "three"]) {
    yield piece;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

const bodies = {
  "a Node.js stream": (pauseMs: number) => Readable.from(pieces(pauseMs)),
  "a web stream": (pauseMs: number) => ReadableStream.from(pieces(pauseMs)),
};

describe.each(Object.entries(bodies))("a response that is %s", (_, make) => {
  it.each([
    ["alone", (pauseMs: number) => make(pauseMs)],
    ["with a status", (pauseMs: number) => ({ statusCode: 200, body: make(pauseMs) })],
  ])("is sent to its end in time, %s, and leaves nothing behind", async (_form, respond) => {
    useFakeTime();
    using captured = captureSecurityEvents();
    const { sent, invoke } = streamed(() => respond(10));
    const invocation = invoke();
    await vi.advanceTimersByTimeAsync(100);
    await invocation;
    expect(sent).toEqual(["one", "two", "three"]);
    expect(vi.getTimerCount()).toBe(0);
    expect(captured.events).toEqual([]);
  });

  it("is cut at the deadline", async () => {
    useFakeTime();
    using captured = captureSecurityEvents();
    const { sent, invoke } = streamed(() => ({ statusCode: 200, body: make(2_000) }));
    const failed = expect(invoke()).rejects.toMatchObject({ name: "DeadlineExceeded" });
    await vi.advanceTimersByTimeAsync(3_000);
    await failed;
    expect(sent).toEqual(["one", "two"]);
    expect(captured.events.map(({ name }) => name)).toEqual(["deadline_exceeded"]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is not sent at all when it comes only after the deadline", async () => {
    useFakeTime();
    const late = async (
      _event: unknown,
      _context: unknown,
      { signal }: { signal: AbortSignal },
    ) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return make(10);
    };
    const { sent, invoke } = streamed(late);
    const invocation = invoke();
    await vi.advanceTimersByTimeAsync(3_000);
    await invocation;
    expect(sent.map((text) => JSON.parse(text).code)).toEqual(["deadline_exceeded"]);
  });
});

describe("in response streaming", () => {
  it("answers in time as elsewhere when the handler hangs before the first byte", async () => {
    useFakeTime();
    const { sent, invoke } = streamed(hang);
    const invocation = invoke();
    await vi.advanceTimersByTimeAsync(3_000);
    await invocation;
    expect(sent).toEqual(['{"code":"deadline_exceeded"}']);
  });

  it("fails for a stream that someone else reads already", async () => {
    useFakeTime();
    const { invoke } = streamed(() => {
      const stream = ReadableStream.from(["one"]);
      stream.getReader();
      return stream;
    });
    await expect(invoke()).rejects.toThrow(TypeError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends with a text as it would without streams", async () => {
    useFakeTime();
    const { sent, invoke } = streamed(() => ({ statusCode: 200, body: "text" }));
    await invoke();
    expect(sent).toEqual(["text"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("under the runtime", () => {
  async function answer(make: () => unknown, timeoutMs = 3_000) {
    using _ = provideAwsLambda();
    const deadline = timeoutGuard();
    const handler = middy(
      () => ({ statusCode: 200, body: make() }),
      deadline.pluginFor(executionModeStreamifyResponse as unknown as () => void),
    );
    return await invokeStream(handler.use(deadline) as never, request(), {
      context: lambdaContext({ timeoutMs }),
    });
  }

  it.each(Object.entries(bodies))(
    "%s that is cut at the deadline ends its own answer alone, without a stack",
    async (_, make) => {
      const outcome = await answer(() => make(400), 700);
      const { name: errorType, message: errorMessage } = new DeadlineExceeded();
      expect(outcome).toMatchObject({
        body: "one",
        isCut: true,
        hasExited: false,
        error: { errorType, errorMessage, trace: [""] },
      });
    },
  );

  it("a stream that fails ends its own answer alone", async () => {
    async function* failing() {
      yield* pieces(5);
      throw new Error("no more");
    }
    expect(await answer(() => Readable.from(failing()))).toMatchObject({
      body: "onetwothree",
      hasExited: false,
      error: { errorMessage: "no more" },
    });
  });

  it("chunks pass as they are, for the runtime to make JSON of", async () => {
    const outcome = await answer(() => Readable.from(["a", { b: 1 }]));
    expect(outcome).toMatchObject({ body: 'a{"b":1}', isCut: false });
  });
});
