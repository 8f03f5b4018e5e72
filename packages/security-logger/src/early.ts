/**
 * Making things during the init phase, where time costs nothing, if that works.
 *
 * @module
 */
import { once } from "./once.ts";

/**
 * What `make` makes, at once if that works and otherwise when it is first needed: on Lambda Managed
 * Instances, Powertools 2.35 can make neither a child of a Logger nor a Metrics outside of an
 * invocation.
 */
export function early<T>(make: () => T): () => T {
  const get = once(make);
  try {
    get();
  } catch {
    // Again at first use, where a failure is told.
  }
  return get;
}
