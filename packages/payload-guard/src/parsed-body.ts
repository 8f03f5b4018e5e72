/**
 * Telling the developer of a body that was parsed before this middleware had a chance to bound it.
 *
 * @module
 */
import { SOURCE } from "./reject.ts";

/** Of the process: a warning for each request would be noise. */
let isTold = false;

/** @param body what the event has in the place of a text. */
export function tellOfParsedBody(body: unknown): void {
  if (isTold || typeof body !== "object" || body === null) return;
  isTold = true;
  const seen = "the body of an event is an object, and no text: a body parser stands further out";
  const advice = "Add payloadGuard, or harden(), to the chain before the parser";
  process.emitWarning(`${SOURCE}: ${seen}. ${advice}.`, "PayloadGuardWarning");
}
