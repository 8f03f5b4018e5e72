/**
 * A Lambda context as the Node.js runtime hands it to a handler.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";

/** What a test may set of the context. */
export interface LambdaContextOptions extends Partial<Context> {
  /** The function's timeout, from which `getRemainingTimeInMillis` counts down. Default: 3,000 ms. */
  readonly timeoutMs?: number;
}

/** A context with a request id of its own whose remaining time runs down in real time. */
export function lambdaContext(options: LambdaContextOptions = {}): Context {
  const { timeoutMs = 3_000, ...overrides } = options;
  const deadline = performance.now() + timeoutMs;
  const awsRequestId = overrides.awsRequestId ?? randomUUID();
  const functionName = overrides.functionName ?? "orders";
  const ignore = (): void => {};
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: "$LATEST",
    functionName,
    memoryLimitInMB: "128",
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
    invokedFunctionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${functionName}`,
    awsRequestId,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
    done: ignore,
    fail: ignore,
    succeed: ignore,
    ...overrides,
  };
}
