/**
 * The work on one record: its signal, and its own time if it has one.
 *
 * @module
 */
import { DeadlineExceeded } from "./deadline-exceeded.ts";
import { type InvocationDeadline, LONGEST_MS } from "./invocation-deadline.ts";

/** What the work on a record is given beside it. */
export interface RecordWork {
  /** Aborts at the deadline, and when the record's own time is up. */
  readonly signal: AbortSignal;
}

/** Does the work; with a time of its own, it is then told to stop, and not waited for. */
export type DoWork = (work: (options: RecordWork) => unknown) => unknown;

export function workOf(deadline: InvocationDeadline, timeoutMs: number | undefined): DoWork {
  const options: RecordWork = {
    get signal() {
      return deadline.signal;
    },
  };
  if (timeoutMs === undefined) return (work) => work(options);
  const limitMs = Math.min(timeoutMs, LONGEST_MS);
  return (work) => within(limitMs, deadline, work);
}

/** @throws DeadlineExceeded when the time is up. */
async function within(
  limitMs: number,
  deadline: InvocationDeadline,
  work: (options: RecordWork) => unknown,
): Promise<unknown> {
  // A signal of both, by `AbortSignal.any`, is never collected while somebody listens to it.
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const result = (async () => work({ signal: controller.signal }))();
  const timer = setTimeout(() => {
    const error = new DeadlineExceeded();
    // Until it ends, it is open work.
    deadline.abandonedPromises += 1;
    const end = (): void => {
      deadline.abandonedPromises -= 1;
    };
    result.then(end, end);
    late.reject(error);
    controller.abort(error);
  }, limitMs);
  const forget = deadline.onPassed(() => {
    // From then on the batch has an end of its own.
    clearTimeout(timer);
    controller.abort(new DeadlineExceeded());
  });
  try {
    return await Promise.race([result, late.promise]);
  } finally {
    clearTimeout(timer);
    forget();
  }
}
