/**
 * Using a credential that may be rotated at any moment.
 *
 * @module
 */
import { callback, type Secret } from "@middy-hardening/core";
import { keeperOf } from "./cached-secret.ts";
import { check, SOURCE } from "./options.ts";

/** How {@link withRotation} knows that a credential was refused. */
export interface RotationOptions {
  /** Whether an error of `use` says that the credential was refused. Required. */
  readonly isRejected: (error: unknown) => boolean;
}

/**
 * Runs `use` with the value of a secret. When it fails because the credential was refused, the
 * secret is fetched afresh, once for all concurrent callers, and `use` runs once more.
 *
 * ```ts
 * const rows = await withRotation(context.secrets.database, (login) => query(login, sql), {
 *   isRejected: (error) => error instanceof DatabaseError && error.code === "28P01",
 * });
 * ```
 *
 * @param secret one of those that `secretsLoader` put on the context of this invocation.
 * @throws what `use` throws, the second time if there is one.
 * @throws PublicError 503 `secret_unavailable` when the secret cannot be fetched afresh.
 * @throws TypeError when the secret is not one of `secretsLoader`.
 */
export async function withRotation<Value, Result>(
  secret: Secret<Value>,
  use: (value: Value) => Result,
  options: RotationOptions,
): Promise<Awaited<Result>> {
  const { isRejected } = check(": withRotation", options, { isRejected: callback }, "isRejected");
  const keeper = keeperOf(secret);
  if (keeper === undefined) {
    throw new TypeError(`${SOURCE}: withRotation needs a secret that secretsLoader loaded.`);
  }
  // An invocation keeps the secrets that it began with; there may be a newer one.
  const value = (keeper.secret ?? secret).reveal() as Value;
  try {
    return await use(value);
  } catch (error) {
    if (!isRejected(error)) throw error;
    const fresh = await keeper.renew(value);
    if (fresh === undefined) throw error;
    return await use(fresh.reveal() as Value);
  }
}
