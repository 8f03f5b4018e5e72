/**
 * The deadline of an invocation, as `timeout-guard` puts it on the context and others read it.
 *
 * @module
 */

/** How long an invocation may still work. */
export interface Deadline {
  /** Aborts when the time that is reserved for the answer begins. */
  readonly signal: AbortSignal;
  /** Milliseconds until then; 0 when it has passed. */
  remainingMs(): number;
}

/** The deadline on a Lambda context, if one was set. */
export function deadlineOf(context: object): Deadline | undefined {
  return (context as { readonly deadline?: Deadline }).deadline;
}
