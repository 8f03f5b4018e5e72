/**
 * One run of a pipeline, which can be abandoned: what is under way then comes to nothing, and
 * nothing follows it.
 *
 * @module
 */
import type { Request } from "@middy/core";
import type { Handler, Hook, MiddyPlugin } from "./middy-internals.ts";

const RUN = Symbol("timeout-guard.run");

/** A run of the pipeline, or of its `onError` hooks alone. */
export interface Run {
  isAbandoned: boolean;
  /** What runs at the moment: `handler`, or the name of a hook. */
  place: string;
  /** How many `onError` hooks have begun. */
  errorHooks: number;
}

type Running = Request & { [RUN]?: Run };

/** Makes a run the one that the hooks of a request belong to. */
export function beginRun(request: Request, errorHooks = 0): Run {
  const run: Run = { isAbandoned: false, place: "handler", errorHooks };
  (request as Running)[RUN] = run;
  return run;
}

type Act = (outcome: unknown) => unknown;

const same: Act = (value) => value;

const rethrow = (error: unknown): never => {
  throw error;
};

/**
 * Middy waits for promises of its own realm alone, and only at the very end for anything else that has a
 * `then`, such as a query: no hook would see what comes of it.
 */
function promiseOf(result: unknown): unknown {
  if (result === undefined || result instanceof Promise) return result;
  const isThenable = typeof (result as { readonly then?: unknown } | null)?.then === "function";
  return isThenable ? Promise.resolve(result) : result;
}

/** A run that is abandoned waits for ever; nothing refers to it, so it is collected. */
function unlessAbandoned(
  run: Run,
  result: unknown,
  returned = same,
  thrown: Act = rethrow,
): unknown {
  if (!(result instanceof Promise)) return result;
  return new Promise((resolve, reject) => {
    const pass = (act: Act) => (outcome: unknown) => {
      if (run.isAbandoned) return;
      try {
        resolve(unlessAbandoned(run, act(outcome)));
      } catch (error) {
        reject(error);
      }
    };
    result.then(pass(returned), pass(thrown));
  });
}

/** What the handler returns to an abandoned run comes to nothing. `source` gives the signal that it gets. */
export const stoppableHandler =
  (run: Run, handler: Handler, source: { readonly signal: AbortSignal } | undefined): Handler =>
  (event, context, given) => {
    run.place = "handler";
    const options = source === undefined ? given : new HandlerOptions(source);
    return unlessAbandoned(run, promiseOf(handler(event, context, options)));
  };

/** What Middy's own timeout answers for an abandoned run comes to nothing. */
export const stoppableTimeout = (run: Run, plugin: MiddyPlugin): MiddyPlugin => ({
  ...plugin,
  timeoutEarlyResponse: () =>
    run.isAbandoned ? new Promise(() => {}) : plugin.timeoutEarlyResponse?.(),
});

/**
 * Reads the signal, and so makes it, when the handler does. With a getter of the prototype, since one of
 * the object's own costs a microsecond.
 */
class HandlerOptions {
  readonly #source: { readonly signal: AbortSignal };

  constructor(source: { readonly signal: AbortSignal }) {
    this.#source = source;
  }

  get signal(): AbortSignal {
    return this.#source.signal;
  }
}

/** What is done about each hook of a list; what the last two return, Middy is told. */
export interface HookRules {
  readonly begin?: (request: Request, run: Run) => void;
  readonly returned: (request: Request, value: unknown) => unknown;
  /** Without it, what was thrown. */
  readonly thrown?: (request: Request, error: unknown) => unknown;
}

/**
 * Makes the hooks of a pipeline stoppable, in a copy of the list that is made when it has become
 * longer: middlewares are only ever added.
 */
export function stoppableHooks(rules: HookRules) {
  let stoppable: readonly Hook[] = [];
  return (hooks: readonly Hook[]): readonly Hook[] => {
    if (stoppable.length !== hooks.length) {
      stoppable = hooks.map((hook) => stoppableHook(hook, rules));
    }
    return stoppable;
  };
}

function stoppableHook(hook: Hook, { begin, ...rules }: HookRules): Hook {
  const stoppable: Hook = (request) => {
    const run = (request as Running)[RUN] as Run;
    run.place = hook.name || "anonymous";
    begin?.(request, run);
    const returned: Act = (value) => rules.returned(request, value);
    const thrown: Act = (error) =>
      rules.thrown === undefined ? rethrow(error) : rules.thrown(request, error);
    let result: unknown;
    try {
      result = promiseOf(hook(request));
    } catch (error) {
      return thrown(error);
    }
    return result instanceof Promise
      ? unlessAbandoned(run, result, returned, thrown)
      : unlessAbandoned(run, returned(result));
  };
  // Middy tells its plugins who runs by the name of the function.
  return Object.defineProperty(stoppable, "name", { value: hook.name });
}
