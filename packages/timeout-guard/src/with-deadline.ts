/**
 * Cutting off the hooks of a middleware that hang.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { deadlineOf } from "@middy-hardening/core";
import { DeadlineExceeded } from "./deadline-exceeded.ts";

type Hook = (request: Request) => unknown;

interface Hooks {
  readonly before?: unknown;
  readonly after?: unknown;
  readonly onError?: unknown;
}

/**
 * The middleware with hooks that are cut off at the invocation's deadline, or after `ms` of their own.
 *
 * ```ts
 * middy(handler).use(deadline).use(withDeadline(ssm({ ... }), 1_000));
 * ```
 */
export function withDeadline<Middleware extends Hooks>(
  middleware: Middleware,
  ms?: number,
): Middleware {
  const bounded: Record<string, unknown> = {};
  for (const name of ["before", "after", "onError"] as const) {
    const hook = middleware[name];
    if (typeof hook === "function") bounded[name] = boundedHook(hook as Hook, ms);
  }
  return { ...middleware, ...bounded };
}

function boundedHook(hook: Hook, ms: number | undefined): Hook {
  const bounded: Hook = (request) => {
    const result = hook(request);
    return result instanceof Promise ? untilDeadline(request, result, ms) : result;
  };
  return Object.defineProperty(bounded, "name", { value: hook.name });
}

function untilDeadline(
  request: Request,
  work: Promise<unknown>,
  ms: number | undefined,
): Promise<unknown> {
  const deadline = deadlineOf(request.context);
  const limitMs = Math.min(ms ?? Number.POSITIVE_INFINITY, deadline?.remainingMs() ?? 900_000);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineExceeded()), limitMs);
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
