import { Readable } from "node:stream";
import middy, { type Request } from "@middy/core";
import { captureSecurityEvents, lambdaContext } from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
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
