/** Middlewares of others that answer a streaming function by what a hook returns or throws. */
import { Readable } from "node:stream";
import middy, { type MiddlewareObj } from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/executionModeStreamifyResponse";
import {
  captureOutput,
  httpEvent,
  invokeStream,
  lambdaContext,
  provideAwsLambda,
} from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { expect, test } from "vitest";
import { harden } from "../src/index.ts";

const INTERNAL = "connect ECONNREFUSED 10.0.0.7:5432";
const streamOf = (body: Readable) => ({ statusCode: 200, body });
const leak = () => streamOf(Readable.from([String(new Error(INTERNAL).stack)]));
const endless = () => streamOf(new Readable({ read() {} }));
const served = () => ({ statusCode: 200, body: "ok" });
const fails = () => {
  throw new Error(INTERNAL);
};

async function observe(foreign: MiddlewareObj, work: () => unknown) {
  using _lambda = provideAwsLambda();
  const deadline = timeoutGuard();
  const handler = middy(work, deadline.pluginFor(executionModeStreamifyResponse))
    .use(harden({ timeoutGuard: deadline }))
    .use(foreign);
  using output = captureOutput();
  const context = lambdaContext({ timeoutMs: 900 });
  const answer = await invokeStream(handler as never, httpEvent("function-url"), { context });
  const lines = output.records.filter(({ message }) => message === "Invocation");
  return { answer, lines };
}

test.each<[string, MiddlewareObj, () => unknown, number]>([
  ["that a `before` returns, leaks", { before: leak }, served, 500],
  ["that an `after` returns, leaks", { after: leak }, served, 500],
  ["that an `onError` returns, leaks", { onError: leak }, fails, 500],
  ["that a `before` returns, never begins", { before: endless }, served, 503],
  ["that an `onError` should make, fails", { onError: fails }, fails, 500],
])("a stream %s: it is answered by problem details", async (_what, foreign, work, status) => {
  const { answer, lines } = await observe(foreign, work);
  expect(answer.statusCode).toBe(status);
  expect(answer.headers).toMatchObject({ "x-content-type-options": "nosniff" });
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(JSON.stringify(answer)).not.toContain("10.0.0.7");
  expect(lines).toHaveLength(1);
});
