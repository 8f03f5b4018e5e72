/** The result of `read`, or `undefined` when it throws: for values that may be anything. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
