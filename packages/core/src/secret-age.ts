/**
 * How old the secrets of an environment are: whoever loads them knows, and a log tells.
 *
 * @module
 */
import { shared } from "./shared.ts";

/** A secret that is loaded again from time to time. */
export interface AgingSecret {
  /** Milliseconds since its value was asked for; `undefined` when it has none. */
  readonly ageMs: number | undefined;
}

/** Weak, so that a secret which nobody uses any more is not told of. */
const known = /* @__PURE__ */ shared("aging-secrets", () => new Set<WeakRef<AgingSecret>>());

/** Makes the age of a secret known, for as long as somebody holds it. */
export function announceAge(secret: AgingSecret): void {
  known.add(new WeakRef(secret));
}

/** The age of the oldest secret of this environment; `undefined` when none is loaded. */
export function oldestSecretAgeMs(): number | undefined {
  let oldest: number | undefined;
  for (const reference of known) {
    const secret = reference.deref();
    if (secret === undefined) known.delete(reference);
    const age = secret?.ageMs;
    if (age !== undefined && age >= (oldest ?? 0)) oldest = age;
  }
  return oldest;
}
