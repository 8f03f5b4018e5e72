/**
 * Telling the operator of trouble with the log itself, which the log cannot tell.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { reportError } from "./error-report.ts";
import type { LogFormat } from "./line-format.ts";
import { memberOf } from "./member-of.ts";
import type { SafeText } from "./safe-text.ts";

/** A process warning, called `SecurityLoggerWarning`. */
function warn(message: string): void {
  process.emitWarning(`@middy-hardening/security-logger: ${message}`, "SecurityLoggerWarning");
}

/**
 * Lambda itself drops lines after they were printed, by their `level` ("Configuring advanced logging
 * controls"). An event of OCSF has none, and so counts as INFO.
 */
export function warnOfHiddenLevels(format: "owasp" | LogFormat): void {
  const { AWS_LAMBDA_LOG_LEVEL: level = "" } = process.env;
  if (["ERROR", "FATAL"].includes(level)) {
    warn("AWS_LAMBDA_LOG_LEVEL hides security events of level INFO and WARN.");
  } else if (format !== "owasp" && level === "WARN") {
    warn("AWS_LAMBDA_LOG_LEVEL hides all lines of OCSF, which have no level.");
  }
}

/** Runs what must never change the outcome of an invocation; its first failure is told by a warning. */
export function guard(safe: SafeText): (work: () => void) => void {
  let isWarned = false;
  return (work) => {
    try {
      work();
    } catch (error) {
      if (isWarned) return;
      isWarned = true;
      const { type, message } = reportError(error, safe);
      const told = [type, message].filter(Boolean).join(": ");
      warn(`A line or count could not be printed (told once): ${told}`);
    }
  };
}

/** Of the process: a warning for each failed request would be noise. */
let isReplacementTold = false;

/** Looks at a failed request for what `@middy/http-error-handler` leaves of an error that it does not know. */
export function warnOfReplacedError({ error, response }: Request): void {
  const isReplaced =
    response !== undefined &&
    memberOf(error, "statusCode") === 500 &&
    memberOf(error, "expose") === true &&
    memberOf(error, "stack") === undefined;
  if (!isReplaced || isReplacementTold) return;
  isReplacementTold = true;
  warn(
    "a middleware further in has put an object in the place of an error, as @middy/http-error-handler does: what was thrown is not in the log. Leave that middleware out, or add it to the chain before securityLogger.",
  );
}
