/**
 * What to do about a middleware further in that answers errors in its own way, so that there is nothing
 * left to sanitize.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { isPublicError } from "@middy-hardening/core";
import { attempt } from "./attempt.ts";

/** Of the process: a warning for each failed request would be noise. */
let isTold = false;

/**
 * Whether the answer to a failed request is that of `@middy/http-error-handler`, so that it is to be made
 * anew. That middleware sets `expose` on every error below 500 that does not have it, so it says nothing any
 * more of whose words were meant for the caller.
 */
export const isForeignAnswer = ({ error, response }: Request): boolean =>
  attempt(() => {
    const { message, statusCode, expose } = Object(error);
    const words = message || undefined;
    // In the place of an error that it does not know it puts one with words that the application chose, if any.
    const isChosen = words !== undefined && !(error instanceof Error) && statusCode === 500;
    const isItsAnswer =
      String(response.statusCode) === String(statusCode) && response.body === words;
    return expose === true && isItsAnswer && !isChosen && !isPublicError(error);
  }) === true;

/** Tells the developer, for a failed request that has a response already. */
export function tellOfForeignAnswer(request: Request): void {
  if (isTold) return;
  const seen = attempt(() => trespassOf(request));
  if (seen === undefined) return;
  isTold = true;
  process.emitWarning(
    `@middy-hardening/error-sanitizer: ${seen}, as @middy/http-error-handler does. Leave that middleware out, or add it to the chain before errorSanitizer. What callers may read of an error belongs in a PublicError, which option "map" can make of it.`,
    "ErrorSanitizerWarning",
  );
}

/** What a middleware did with an error that it should have left alone, if it did. */
function trespassOf({ error, response }: Request): string | undefined {
  const { message, statusCode } = Object(error);
  if (!(error instanceof Error) && typeof statusCode === "number") {
    return "a middleware further in put an object in the place of the error";
  }
  const isItsText = typeof message === "string" && message !== "" && response?.body === message;
  return isItsText && !isPublicError(error)
    ? "a middleware further in answered an error with the error's own text"
    : undefined;
}
