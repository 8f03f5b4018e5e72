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
  // A context that was made by hand may have anything under this name.
  const { deadline } = Object(context) as { readonly deadline?: Deadline };
  return typeof deadline?.remainingMs === "function" ? deadline : undefined;
}

/**
 * What `work` becomes, unless the signal aborts first: then it rejects with the signal's reason. The work
 * itself goes on, since others may wait for it, too; that it fails later is nobody's concern.
 */
export function untilAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    const forget = (): void => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(forget);
    if (signal.aborted) abort();
  });
}
