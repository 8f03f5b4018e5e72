/**
 * Telling the log of a thrown value: its type, message, stack and causes, and none of its own
 * properties, in which clients keep request headers, queries and bodies.
 *
 * @module
 */
import { memberOf } from "./member-of.ts";
import type { SafeText } from "./safe-text.ts";
import { framesOf } from "./stack-frames.ts";

interface ErrorReport {
  readonly type: string;
  /** Missing when it is empty, or no text. */
  readonly message: string | undefined;
  /** The frames alone: what stands before them is the type and the message. */
  readonly stack: string | undefined;
  /** What caused it, from the nearest cause on, and the errors of an aggregate; at most five. */
  readonly causes?: readonly ErrorReport[];
}

const MAX_CAUSES = 5;

/** Never throws, whatever was thrown: null, a frozen object, a revoked proxy, a circular cause. */
export function reportError(thrown: unknown, safe: SafeText): ErrorReport {
  const seen = new Set([thrown]);
  // A set visits what is added to it on the way, and each member once.
  for (const error of seen) {
    for (const cause of causesOf(error)) if (seen.size <= MAX_CAUSES) seen.add(cause);
  }
  const [report, ...causes] = Array.from(seen, (error) => describe(error, safe));
  return { ...(report as ErrorReport), ...(causes.length > 0 && { causes }) };
}

/** Its cause, and of an `AggregateError` the first of its errors. */
function causesOf(error: unknown): readonly unknown[] {
  const cause = memberOf(error, "cause");
  const causes = cause === undefined ? [] : [cause];
  const errors = memberOf(error, "errors");
  for (let index = 0; index < MAX_CAUSES; index++) {
    const member = typeof errors === "object" ? memberOf(errors, String(index)) : undefined;
    if (typeof member === "object" && member !== null) causes.push(member);
  }
  return causes;
}

function describe(value: unknown, safe: SafeText): ErrorReport {
  const isObject = typeof value === "object" || typeof value === "function";
  if (!isObject || value === null) {
    const type = value === null ? "null" : typeof value;
    return { type, message: safe.line(String(value), 1024), stack: undefined };
  }
  const message = memberOf(value, "message");
  const stack = memberOf(value, "stack");
  return {
    type: safe.line(memberOf(value, "name"), 128) ?? typeof value,
    message: safe.line(message, 1024),
    stack: typeof stack === "string" ? safe.lines(framesOf(stack, message), 8192) : undefined,
  };
}
