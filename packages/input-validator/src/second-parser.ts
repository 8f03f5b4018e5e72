/**
 * Telling the developer of a body parser that comes when the body is parsed already.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { SOURCE } from "./refusal.ts";

/** Of the process: a warning for each failed request would be noise. */
let isTold = false;

/** Middy's parsers name themselves in the cause of their errors. */
const PARSER = /^@middy\/http-[a-z-]+-body-parser$/;

/** Looks at a request that failed, whatever was thrown. */
export function tellOfSecondParser(request: Request): void {
  if (isTold || !isSecondParser(request)) return;
  isTold = true;
  process.emitWarning(
    `${SOURCE}: a body parser further in refused a body that the schema of "body" has had parsed already. Leave the parser out, or add it to the chain before inputValidator, behind payloadGuard.`,
    "InputValidatorWarning",
  );
}

function isSecondParser({ event, error }: Request): boolean {
  try {
    const { body } = Object(event) as { readonly body?: unknown };
    if (body === undefined || body === null || typeof body === "string") return false;
    return PARSER.test(Object(Object(error).cause).package);
  } catch {
    return false; // It is no error of a parser that cannot be read.
  }
}
