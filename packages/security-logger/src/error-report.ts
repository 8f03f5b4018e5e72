/**
 * Telling the log of a thrown value: its type, message, stack and causes, and none of its own
 * properties, in which clients keep request headers, queries and bodies.
 *
 * @module
 */
import { memberOf } from "./member-of.ts";
import { safeLines, safeText } from "./safe-text.ts";

export interface ErrorReport {
  readonly type: string;
  readonly message: string;
  /** The frames alone: what stands before them is the type and the message. */
  readonly stack: string | undefined;
  /** What caused it, from the nearest cause on; at most five. */
  readonly causes?: readonly ErrorReport[];
}

const MAX_CAUSES = 5;

/** Never throws, whatever was thrown: null, a frozen object, a revoked proxy, a circular cause. */
export function reportError(thrown: unknown): ErrorReport {
  const causes: ErrorReport[] = [];
  const seen = new Set([thrown]);
  let cause = memberOf(thrown, "cause");
  while (cause !== undefined && causes.length < MAX_CAUSES && !seen.has(cause)) {
    seen.add(cause);
    causes.push(describe(cause));
    cause = memberOf(cause, "cause");
  }
  return causes.length === 0 ? describe(thrown) : { ...describe(thrown), causes };
}

function describe(value: unknown): ErrorReport {
  const isObject = typeof value === "object" || typeof value === "function";
  if (!isObject || value === null) {
    const type = value === null ? "null" : typeof value;
    return { type, message: safeText(String(value), 1024), stack: undefined };
  }
  const message = memberOf(value, "message");
  const stack = memberOf(value, "stack");
  return {
    type: safeText(memberOf(value, "name"), 128) || typeof value,
    message: safeText(message, 1024),
    stack: typeof stack === "string" ? safeLines(framesOf(stack, message), 8192) : undefined,
  };
}

/** A message of megabytes must not push the frames out, nor a short one be told twice. */
function framesOf(stack: string, message: unknown): string {
  if (typeof message !== "string" || message === "") return stack;
  const start = stack.indexOf(message);
  return start === -1 ? stack : stack.slice(start + message.length);
}
