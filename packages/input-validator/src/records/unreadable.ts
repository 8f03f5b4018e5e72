/**
 * A record that cannot be read.
 *
 * @module
 */
import { PublicError } from "@middy-hardening/core";

/** Refuses the record that is being read, with the code of what is wrong. */
export function unreadable(code: string): never {
  throw new PublicError(422, { code });
}
