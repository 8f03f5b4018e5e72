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
  return read(context) ?? read((context as TimeSource).lambdaContext);
}

function read(source: TimeSource | undefined): number | undefined {
  try {
    const given = source?.getRemainingTimeInMillis;
    const remainingMs: unknown = typeof given === "function" ? given.call(source) : undefined;
    return Number.isFinite(remainingMs) ? Math.max(0, remainingMs as number) : undefined;
  } catch {
    return undefined;
  }
}
