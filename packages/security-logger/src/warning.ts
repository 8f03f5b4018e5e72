/**
 * Telling the operator of trouble with the log itself, which the log cannot tell.
 *
 * @module
 */
import { reportError } from "./error-report.ts";
import type { SafeText } from "./safe-text.ts";

/** A process warning, called `SecurityLoggerWarning`. */
export function warn(message: string): void {
  process.emitWarning(`@middy-hardening/security-logger: ${message}`, "SecurityLoggerWarning");
}

/** Lambda itself drops such lines after they were printed: "Configuring advanced logging controls". */
export function warnOfHiddenLevels({ AWS_LAMBDA_LOG_LEVEL = "" } = process.env): void {
  if (["ERROR", "FATAL"].includes(AWS_LAMBDA_LOG_LEVEL)) {
    warn("AWS_LAMBDA_LOG_LEVEL hides security events of level INFO and WARN.");
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
