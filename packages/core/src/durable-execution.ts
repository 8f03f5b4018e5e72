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
}

/**
 * Whether the work under way repeats what an earlier run of the same execution did: until the first
 * operation that is not in the execution's history yet.
 *
 * The SDK tells its own logger so in the same way; it has no public word for it. Were the property
 * to go, nothing would count as a replay.
 */
export function isReplaying(context: unknown): boolean {
  const { [BRAND]: brand, durableExecutionMode: mode } = Object(context) as DurableContext;
  return brand === true && typeof mode === "string" && mode !== "ExecutionMode";
}
