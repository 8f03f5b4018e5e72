/**
 * `context.secrets`: where a handler finds its secrets, whichever middlewares bring them.
 *
 * @module
 */
import type { Secret } from "./secret.ts";

/** Secrets by the names under which a handler reads them. */
export type NamedSecrets = Readonly<Record<string, Secret<unknown>>>;

interface SecretsContext {
  readonly secrets?: NamedSecrets;
}

/**
 * Adds secrets to `context.secrets`, beside those that are there; of two with the same name the
 * later one counts. The property is not enumerable, so that whatever copies or prints the context
 * passes over it, and its value is frozen. A frozen set of `secrets` is used as it is when it is
 * the first.
 *
 * @throws TypeError when the context cannot have the property: the handler must not run without.
 */
export function addSecrets(context: object, secrets: NamedSecrets): void {
  const present = (context as SecretsContext).secrets;
  Object.defineProperty(context, "secrets", {
    value: present === undefined ? Object.freeze(secrets) : merged(present, secrets),
    // The next middleware that brings secrets replaces the set.
    configurable: true,
    enumerable: false,
    writable: false,
  });
}

/** Without a prototype: no name that a secret may have is there already. */
const merged = (present: NamedSecrets, added: NamedSecrets): NamedSecrets =>
  Object.freeze(Object.assign(Object.create(null), present, added));
