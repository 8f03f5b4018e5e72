/** Response streaming through the whole chain, with the deadline's plugin and without. */
import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import {
  httpEvent,
  invokeStream,
  lambdaContext,
  provideAwsLambda,
  type StreamingHandler,
  type StreamOutcome,
} from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { afterAll, describe, expect, test } from "vitest";
import { harden } from "../src/index.ts";

const provided = provideAwsLambda();
afterAll(() => provided[Symbol.dispose]());

async function* parts(chunks: readonly string[], error?: Error): AsyncGenerator<string> {
  for (const chunk of chunks) {
    yield chunk;
    await wait(20);
  }
  if (error !== undefined) throw error;
}

const stack = "Error: hunter2\n    at fn (/var/task/index.js:10:5)\n";

describe.each([
  ["with the plugin", true],
  ["without the plugin", false],
])("a stream %s", (_, isEnforced) => {
  async function answer(body: AsyncIterable<unknown>): Promise<StreamOutcome> {
    const deadline = timeoutGuard();
    const mode = executionModeStreamifyResponse as unknown as () => void;
    const plugin = isEnforced ? deadline.pluginFor(mode) : { executionMode: mode };
    const handler = middy(plugin as object)
      .use(harden({ timeoutGuard: deadline, responseGuard: { maxStreamBytes: 100 } }))
      .handler(async () => ({ statusCode: 200, headers: { "content-type": "text/plain" }, body }));
    return await invokeStream(handler as unknown as StreamingHandler, httpEvent("function-url"), {
      context: lambdaContext(),
    });
  }

  test("comes whole, with the headers of all", async () => {
    const outcome = await answer(Readable.from(parts(["a", "b"])));
    expect(outcome).toMatchObject({ statusCode: 200, body: "ab", isCut: false, hasExited: false });
    expect(outcome.headers).toHaveProperty("strict-transport-security");
  });

  test.each([
    ["fails", () => Readable.from(parts(["half"], new Error("hunter2"))), "half"],
    ["fails, of the web", () => ReadableStream.from(parts(["half"], new Error("hunter2"))), "half"],
    ["leaks", () => Readable.from(parts(["half", stack])), "half"],
    ["is too long", () => Readable.from(parts(["half", "x".repeat(100)])), "half"],
  ])("that %s ends its own answer alone, and nothing of why is said", async (_why, make, sent) => {
    const outcome = await answer(make());
    expect(outcome).toMatchObject({ body: sent, isCut: true, hasExited: false });
    expect(outcome.error).toMatchObject({ errorType: "InternalError", trace: [""] });
    expect(JSON.stringify(outcome)).not.toMatch(/hunter2|index\.js|more than/);
  });
});
