/**
 * Making things when they are first needed: a cold start has no use for most of them.
 *
 * @module
 */

/** What `make` makes, at the first call. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The checks of `node:util`, which would cost each cold start a millisecond. */
export const nativeTypes = /* @__PURE__ */ once(() => process.getBuiltinModule("node:util").types);
