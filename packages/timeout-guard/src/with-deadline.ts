/**
 * Cutting off the hooks of a middleware that hang.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { type Deadline, deadlineOf, publishSecurityEvent } from "@middy-hardening/core";
import { DeadlineExceeded, SOURCE } from "./deadline-exceeded.ts";
import { InvocationDeadline, LONGEST_MS } from "./invocation-deadline.ts";
import { remainingMsOf } from "./remaining-time.ts";

type Hook = (request: Request) => unknown;

/** What {@link withDeadline} wraps: the hooks of a middleware, and whatever else it has. */
interface Hooks {
  readonly before?: unknown;
  readonly after?: unknown;
  readonly onError?: unknown;
}

const HOOKS = ["before", "after", "onError"] as const;

/**
 * The same middleware with hooks that are waited for no longer than until the invocation's deadline, or
 * for `ms` milliseconds each, whichever is shorter. A hook that returns no promise costs nothing more.
 *
 * A `before` or `after` that is cut off fails with 503 `deadline_exceeded`. An `onError` that is cut off
 * is passed over, since the middlewares further out have to answer the error that there is. A hook that
 * begins after the deadline, on the way out, may take half of the time that the function still has.
 *
 * ```ts
 * middy(handler).use(deadline).use(withDeadline(ssm({ fetchData: { key: "/orders/key" } }), 1_000));
 * ```
 *
 * @throws TypeError when `ms` is not a positive number, or the middleware is none.
 */
export function withDeadline<Middleware extends Hooks>(
  middleware: Middleware,
  ms = Number.POSITIVE_INFINITY,
): Middleware {
  if (typeof ms !== "number" || !(ms > 0)) {
    throw new TypeError(`${SOURCE}: the time of withDeadline must be a positive number of ms.`);
  }
  const bounded: { [Name in keyof Hooks]: Hook } = {};
  for (const kind of HOOKS) {
    const hook = Object(middleware)[kind];
    if (typeof hook === "function") Object.assign(bounded, { [kind]: boundedHook(hook, kind, ms) });
  }
  if (Object.keys(bounded).length === 0) {
    throw new TypeError(`${SOURCE}: withDeadline expects a middleware, an object with hooks.`);
  }
  return { ...middleware, ...bounded };
}

function boundedHook(hook: Hook, kind: (typeof HOOKS)[number], ms: number): Hook {
  const bounded: Hook = (request) => {
    const result = hook(request);
    if (!(result instanceof Promise)) return result;
    const deadline = deadlineOf(request.context);
    const leftMs = timeLeftMs(request, deadline);
    const limitMs = Math.min(ms, leftMs);
    if (limitMs === Number.POSITIVE_INFINITY) return result;
    return new Promise((resolve, reject) => {
      const cut = (): void => {
        const isGuarded = deadline instanceof InvocationDeadline && !deadline.hasEnded;
        const isOwnTime = ms < leftMs || !isGuarded;
        // The guard publishes an event of its own, whether its timer or this one is first.
        if (isOwnTime) announce(request, hook.name);
        else deadline.pass();
        if (kind === "onError") resolve(undefined);
        else reject(isOwnTime ? new DeadlineExceeded() : deadline.signal.reason);
      };
      const timer = setTimeout(cut, Math.min(limitMs, LONGEST_MS));
      result.finally(() => clearTimeout(timer)).then(resolve, reject);
    });
  };
  // Middy tells its plugins who runs by the name of the function.
  return Object.defineProperty(bounded, "name", { value: hook.name });
}

/** Milliseconds that a hook which begins now may take. */
function timeLeftMs({ context }: Request, deadline: Deadline | undefined): number {
  if (deadline === undefined) return Number.POSITIVE_INFINITY;
  return deadline.remainingMs() || (remainingMsOf(context) ?? 1_000) / 2;
}

function announce(request: Request, name: string): void {
  publishSecurityEvent(request, {
    name: "deadline_exceeded",
    params: [name],
    outcome: "blocked",
    description: "A hook of a middleware took longer than it may.",
    source: SOURCE,
    onReplay: "publish",
  });
}
