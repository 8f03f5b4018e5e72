/**
 * The line that stands for what a Logger could not do.
 *
 * @module
 */
import { nativeTypes } from "./once.ts";

const KINDS = [RangeError, TypeError, SyntaxError, ReferenceError, URIError, EvalError];

/** The class of an error if it is one of the language's own: any other name may hold content. */
export function failureName(error: unknown): string {
  const isNative = nativeTypes().isNativeError(error);
  return (isNative && KINDS.find((kind) => error instanceof kind)?.name) || "Error";
}

interface Output {
  readonly console: Pick<Console, "error">;
  readonly powertoolsLogData: { readonly serviceName?: string };
}

/**
 * Prints a line that says what failed, and nothing of what was to be logged. It is an ERROR whatever
 * the record's level, so that no level hides it. Never throws: where even this cannot be written, there
 * is nowhere left to say so.
 */
export function printFailure(logger: Output, message: string, error: unknown): void {
  try {
    logger.console.error(
      JSON.stringify({
        level: "ERROR",
        message,
        timestamp: new Date().toISOString(),
        service: logger.powertoolsLogData.serviceName,
        logger_failure: failureName(error),
      }),
    );
  } catch {
    // Standard output is broken, or the Logger is.
  }
}
