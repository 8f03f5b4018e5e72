/**
 * Durable executions: invocations that are suspended, whose handler the SDK leaves where it stands.
 */
import middy from "@middy/core";
import { captureOutput, lambdaContext } from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { expect, it } from "vitest";
import { ocsf, type SecurityLoggerOptions, securityLogger } from "../src/index.ts";

/** Runs an invocation that the SDK (2.4) ends, and gives the lines that are printed. */
async function linesOf(
  termination: { readonly reason: string; readonly error?: Error },
  options: SecurityLoggerOptions = {},
) {
  const terminationManager = {
    getTerminationPromise: async () => ({ message: "Ended.", ...termination }),
  };
  const context = Object.assign(lambdaContext(), {
    [Symbol.for("@aws/durable-execution-sdk-js/durable-context")]: true,
    durableExecutionMode: "ExecutionMode",
    _executionContext: { terminationManager },
  });
  const handler = middy()
    .use(securityLogger(options))
    .handler(() => new Promise(() => {})) as unknown as (
    event: unknown,
    context: Context,
  ) => Promise<unknown>;
  using output = captureOutput();
  void handler({}, context);
  await new Promise(setImmediate);
  return [...output.records];
}

it("has a line for an invocation that is suspended, and counts nothing", async () => {
  const lines = await linesOf({ reason: "WAIT_SCHEDULED" });
  expect(lines).toMatchObject([{ level: "INFO", message: "Invocation", outcome: "suspended" }]);
  expect(lines[0]).not.toHaveProperty("error");
});

it("leaves it out where only those that were not served are wanted", async () => {
  expect(await linesOf({ reason: "CALLBACK_PENDING" }, { invocations: "unserved" })).toEqual([]);
});

it("calls it a success in OCSF", async () => {
  const lines = await linesOf({ reason: "WAIT_SCHEDULED" }, { format: ocsf });
  expect(lines).toMatchObject([
    { severity_id: 1, status: "Success", unmapped: { outcome: "suspended" } },
  ]);
});

it("tells why an execution cannot go on", async () => {
  const error = new Error("Not the steps of the history.");
  const lines = await linesOf({ reason: "NON_DETERMINISM", error });
  expect(lines[0]).toMatchObject({
    ...{ level: "ERROR", message: "Invocation", outcome: "failed" },
    error: { type: "Error", message: "Not the steps of the history." },
  });
});
