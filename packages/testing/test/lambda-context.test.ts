import { afterEach, expect, it, vi } from "vitest";
import { lambdaContext } from "../src/index.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("has a request id of its own, and an ARN and log group of its function", () => {
  const context = lambdaContext({ functionName: "payments" });
  expect(context.awsRequestId).not.toBe(lambdaContext().awsRequestId);
  expect(context).toMatchObject({
    functionName: "payments",
    functionVersion: "$LATEST",
    logGroupName: "/aws/lambda/payments",
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:payments",
  });
  expect(lambdaContext().functionName).toBe("orders");
});

it("takes what a test sets", () => {
  const context = lambdaContext({ awsRequestId: "7f6e", memoryLimitInMB: "1024" });
  expect(context).toMatchObject({ awsRequestId: "7f6e", memoryLimitInMB: "1024" });
  expect(context).not.toHaveProperty("timeoutMs");
});

it("lets its remaining time run down, and not below zero", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const context = lambdaContext({ timeoutMs: 1_000 });
  expect(context.getRemainingTimeInMillis()).toBe(1_000);
  vi.advanceTimersByTime(400);
  expect(context.getRemainingTimeInMillis()).toBe(600);
  vi.advanceTimersByTime(9_000);
  expect(context.getRemainingTimeInMillis()).toBe(0);
  expect(lambdaContext().getRemainingTimeInMillis()).toBe(3_000);
});

it("has the callbacks that old handlers call, without effect", () => {
  const context = lambdaContext();
  expect(() => {
    context.done();
    context.fail("x");
    context.succeed("x");
  }).not.toThrow();
});
