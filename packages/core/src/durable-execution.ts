/**
 * Durable executions: a function that is run again from its beginning to go on where it was
 * suspended.
 *
 * @module
 */

/** By which the context of `@aws/durable-execution-sdk-js` is known, whichever copy of it made it. */
const BRAND = Symbol.for("@aws/durable-execution-sdk-js/durable-context");

interface DurableContext {
  readonly [BRAND]?: unknown;
  /** `ExecutionMode` from the first operation on that no earlier run has completed. */
  readonly durableExecutionMode?: unknown;
  readonly _executionContext?: {
    readonly terminationManager?: {
      getTerminationPromise?(): Promise<Termination>;
    };
  };
}

/** Why the SDK ends an invocation before its handler comes to an end. */
interface Termination {
  readonly reason: string;
  readonly message: string;
  readonly error?: unknown;
}

/** Reasons after which the execution goes on in a later invocation; any other is a failure. */
const SUSPENSIONS: ReadonlySet<string> = new Set([
  "CALLBACK_PENDING",
  "OPERATION_TERMINATED",
  "RETRY_INTERRUPTED_STEP",
  "RETRY_SCHEDULED",
  "WAIT_SCHEDULED",
]);

/** Whether a context is that of a durable execution. */
export const isDurable = (context: unknown): boolean =>
  (Object(context) as DurableContext)[BRAND] === true;

/**
 * Whether the work under way repeats what an earlier run of the same execution did: until the first
 * operation that is not in the execution's history yet.
 *
 * The SDK tells its own logger so in the same way; it has no public word for it. Were the property
 * to go, nothing would count as a replay.
 */
export function isReplaying(context: unknown): boolean {
  if (!isDurable(context)) return false;
  const { durableExecutionMode: mode } = context as DurableContext;
  return typeof mode === "string" && mode !== "ExecutionMode";
}

/**
 * Has the SDK hand an error to Lambda, which then invokes the function again with the history so far,
 * until the execution times out. With any other error that leaves the pipeline, the execution has failed
 * for good. Elsewhere it does nothing.
 */
export function failInvocationAlone(context: unknown, error: Error): void {
  // By the mark of the SDK's `UnrecoverableInvocationError`, which it does not export.
  if (isDurable(context))
    Reflect.defineProperty(error, "isUnrecoverableInvocation", { value: true });
}

/**
 * Tells `listener` when the SDK ends the invocation and leaves its handler where it stands, so that none
 * of Middy's later hooks runs: because the execution is suspended, or, with an `error`, because it cannot
 * go on. Elsewhere it does nothing.
 *
 * The SDK tells its plugins so, whom only its configuration can name, and Middy gives it none. Were the
 * member to go, nothing would be told.
 */
export function onTermination(context: unknown, listener: (error?: unknown) => void): void {
  if (!isDurable(context)) return;
  const { _executionContext: execution } = context as DurableContext;
  const terminated = execution?.terminationManager?.getTerminationPromise?.();
  terminated
    ?.then(({ reason, message, error }) => {
      if (SUSPENSIONS.has(reason)) listener();
      else listener(error ?? new Error(message));
    })
    .catch(() => {});
}
