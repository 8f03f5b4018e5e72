/**
 * The time that the function has.
 *
 * @module
 */

/** A context, or in a durable execution the one within it. */
interface TimeSource {
  readonly getRemainingTimeInMillis?: unknown;
  readonly lambdaContext?: TimeSource | undefined;
}

/** Milliseconds until Lambda kills the function; `undefined` where the context does not tell. */
export function remainingMsOf(context: object): number | undefined {
  const { lambdaContext } = context as TimeSource;
  for (const source of [context as TimeSource, lambdaContext]) {
    const remainingMs = read(source);
    if (typeof remainingMs === "number" && Number.isFinite(remainingMs)) {
      return Math.max(0, remainingMs);
    }
  }
  return undefined;
}

function read(source: TimeSource | undefined): unknown {
  try {
    const given = source?.getRemainingTimeInMillis;
    return typeof given === "function" ? given.call(source) : undefined;
  } catch {
    return undefined;
  }
}
