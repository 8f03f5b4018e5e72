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
 * Whether the answer to a failed request is that of `@middy/http-error-handler` with the words of an error
 * that is not public. That middleware sets `expose` on every error below 500 that does not say otherwise, so
 * it says nothing any more.
 */
export const hasForeignWords = ({ error, response }: Request): boolean =>
  attempt(() => {
    const { message, statusCode, expose } = Object(error);
    // For an error that it knows nothing of, it puts an object with words of the application in its place.
    const isFallback = !(error instanceof Error) && statusCode === 500;
    return expose === true && !isFallback && isItsText(response, message) && !isPublicError(error);
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
  return isItsText(response, message) && !isPublicError(error)
    ? "a middleware further in answered an error with the error's own text"
    : undefined;
}

const isItsText = (response: Request["response"], message: unknown): boolean =>
  typeof message === "string" && message !== "" && response?.body === message;
