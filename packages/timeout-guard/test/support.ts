import type { MiddlewareObj, Request } from "@middy/core";
import { isPublicError } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  httpEvent,
  type InvocationOutcome,
  type InvokableHandler,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { onTestFinished, vi } from "vitest";

/** A promise that nothing settles: a connection that died, a lock that nobody gives back. */
export const hang = (): Promise<never> => new Promise(() => {});

/** Time passes when the test says so. The timers of the test runner, which do not wait, are none of the function's. */
export function useFakeTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  const resources = vi.spyOn(process, "getActiveResourcesInfo").mockReturnValue([]);
  onTestFinished(() => {
    vi.useRealTimers();
    resources.mockRestore();
  });
}

/** A few turns of the event loop, in which connections are let go of. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
}

export const request = (): unknown => httpEvent("api-gateway-http", { path: "/orders" });

/** Invokes a handler and lets as much time pass as the function has: 3 seconds, unless told. */
export async function invokeFor(
  handler: InvokableHandler,
  event: unknown = request(),
  context: Context = lambdaContext(),
): Promise<InvocationOutcome & { readonly events: readonly string[]; readonly tookMs: number }> {
  using captured = captureSecurityEvents();
  const startedAt = performance.now();
  let tookMs = -1;
  const invocation = invoke(handler, event, context).finally(() => {
    tookMs = performance.now() - startedAt;
  });
  await vi.advanceTimersByTimeAsync(3_000);
  const outcome = await invocation;
  const events = captured.events.map(({ name, params, outcome: kind }) =>
    [name, kind, ...params].join(" "),
  );
  return { ...outcome, events, tookMs };
}

/** What an error sanitizer and a middleware for headers do, in short. */
export const answers = (): MiddlewareObj => ({
  onError: function answersOnError(failed: Request): void {
    const error: unknown = failed.error;
    const { statusCode, code } = isPublicError(error)
      ? error
      : { statusCode: 500, code: "internal_server_error" };
    failed.response = {
      statusCode,
      headers: { "x-frame-options": "DENY" },
      body: JSON.stringify({ code }),
    };
  },
});
