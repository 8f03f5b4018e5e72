/**
 * A bound on what a function answers, before Lambda fails it with an error that tells nothing.
 *
 * @module
 */
import type { MiddlewareObj, Request } from "@middy/core";
import { checkOptions, limitOf } from "@middy-hardening/core";
import { SOURCE } from "./reject.ts";

/** What an answer may be. Every limit takes `Infinity` for none. */
export interface ResponseGuardOptions {
  /**
   * Largest answer, in bytes of its JSON in UTF-8, as the runtime sends it.
   * Default: what the trigger takes.
   */
  readonly maxBytes?: number | undefined;
  /**
   * Largest stream, in bytes.
   * Default: 209,715,200 (200 MiB).
   */
  readonly maxStreamBytes?: number | undefined;
}

export function responseGuard(options: ResponseGuardOptions = {}): MiddlewareObj {
  checkOptions(SOURCE, options, {
    maxBytes: limitOf("bytes"),
    maxStreamBytes: limitOf("bytes"),
  });
  return { after: function responseGuardAfter(_request: Request): void {} };
}
