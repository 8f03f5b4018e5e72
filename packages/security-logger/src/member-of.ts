/**
 * Reading members of values that nobody vouches for: thrown ones, and responses.
 *
 * @module
 */

/** A member of a value, or `undefined` when there is none or reading it throws (getters, proxies). */
export function memberOf(value: unknown, name: string | symbol): unknown {
  try {
    return (value as Readonly<Record<string | symbol, unknown>>)[name];
  } catch {
    return undefined;
  }
}
