/**
 * Chains for the tests: what an application would write, without the other packages of the suite.
 */
import middy, { type MiddlewareObj, type Request } from "@middy/core";
import {
  atSettlement,
  isPublicError,
  publishSecurityEvent,
  refuse,
  type SecurityEventInput,
  settle,
} from "@middy-hardening/core";
import { captureOutput, httpEvent, invoke } from "@middy-hardening/testing";
import { securityLogger } from "../src/index.ts";

export type Line = Readonly<Record<string, unknown>>;

export const httpGet = httpEvent("api-gateway-http", { path: "/orders/1?page=2" });

export const ok = async (): Promise<unknown> => ({ statusCode: 200, body: "{}" });

/** Answers errors as an outermost middleware of the suite does. */
export function answering(): MiddlewareObj {
  const nothing = (): void => {};
  return {
    before: (request) => atSettlement(request, nothing),
    after: (request) => settle(request, nothing),
    onError: (request) => {
      const statusCode = isPublicError(request.error) ? request.error.statusCode : 500;
      request.response = { statusCode, body: "{}" };
      settle(request, nothing);
    },
  };
}

/** A middleware that publishes an event and lets the request through. */
export const publishing = (input: SecurityEventInput): MiddlewareObj => ({
  before: (request) => publishSecurityEvent(request, input),
});

/** A guard that refuses every request. */
export const refusing = (params: readonly string[] = ["body"]): MiddlewareObj => ({
  before: (request: Request) =>
    refuse(request, {
      statusCode: 422,
      code: "invalid",
      detail: "The body is invalid.",
      source: "@middy-hardening/test",
      params,
    }),
});

/** A handler behind an answering middleware, a logger and further middlewares. */
export const chain = (...middlewares: readonly MiddlewareObj[]) => {
  const handler = middy().use(answering()).use(securityLogger());
  for (const middleware of middlewares) handler.use(middleware);
  return handler;
};

export interface Printed {
  readonly events: readonly Line[];
  readonly invocations: readonly Line[];
  readonly summaries: readonly Line[];
  readonly metrics: readonly Line[];
  /** All lines but those of metrics. */
  readonly lines: readonly string[];
}

/** What is printed while `act` runs. */
export async function printedBy(act: () => Promise<unknown>): Promise<Printed> {
  using output = captureOutput();
  await act();
  const { records } = output;
  return {
    events: records.filter((line) => line.message === "Security event"),
    invocations: records.filter((line) => line.message === "Invocation"),
    summaries: records.filter((line) => line.message === "Lines suppressed"),
    metrics: records.filter((line) => "_aws" in line),
    lines: output.lines.filter((line) => !line.startsWith('{"_aws"')),
  };
}

/** What one invocation prints. */
export const printedByInvoking = (
  handler: Parameters<typeof invoke>[0],
  event: unknown = httpGet,
): Promise<Printed> => printedBy(() => invoke(handler, event));

/** Process warnings that `act` causes. */
export async function warningsBy(act: () => unknown): Promise<readonly Error[]> {
  const warnings: Error[] = [];
  const listener = (warning: Error): void => {
    warnings.push(warning);
  };
  process.on("warning", listener);
  await act();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", listener);
  return warnings;
}
