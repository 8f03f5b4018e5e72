/**
 * Invoking a handler as Lambda's Node.js runtime does, so that a test sees what the caller sees.
 *
 * The event goes in and the result comes out through JSON, and a thrown value becomes what the
 * runtime interface client (`aws-lambda-ric`) makes of it.
 *
 * @module
 */
import { types } from "node:util";
import type { Context } from "aws-lambda";
import { lambdaContext } from "./lambda-context.ts";

/** A Lambda handler, wrapped by Middy or not. */
export type InvokableHandler = {
  // A method signature, so that a handler of a narrower event type fits: events come in as JSON anyway.
  bivarianceHack(event: never, context: Context): unknown;
}["bivarianceHack"];

/** The body of a failed invocation, as its caller reads it. */
export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What an invocation came to. */
export interface InvocationOutcome {
  /** The JSON that the caller receives: the result, or the {@link InvocationError}. */
  readonly payload: string;
  /** The result after its way through JSON; `undefined` when the invocation failed. */
  readonly result?: unknown;
  /** What the caller is told of a failure; `undefined` when the invocation succeeded. */
  readonly error?: InvocationError;
  /** What the runtime itself writes to the function's log. */
  readonly runtimeLog: readonly string[];
}

/** Largest answer of a synchronous invocation, in bytes ("Lambda quotas": 6 MB). */
const MAX_PAYLOAD_BYTES = 6_291_556;

/**
 * Invokes a handler with an event.
 *
 * @param event a JSON text, or a value that is serialized as the invoker would; so the handler
 *   never shares an object with the test.
 */
export async function invoke(
  handler: InvokableHandler,
  event: unknown,
  context: Context = lambdaContext(),
): Promise<InvocationOutcome> {
  const text = typeof event === "string" ? event : JSON.stringify(event);
  const runtimeLog: string[] = [];
  try {
    const call = handler as (event: unknown, context: Context) => unknown;
    const returned = await call(JSON.parse(text), context);
    const payload = serialize(returned);
    if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) return failed(tooLarge, runtimeLog);
    return { payload, result: JSON.parse(payload), runtimeLog };
  } catch (thrown) {
    const error = intoError(thrown);
    runtimeLog.push(`Invoke Error\t${loggedError(error)}`);
    return failed(describe(error), runtimeLog);
  }
}

const tooLarge: InvocationError = {
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
};

const failed = (error: InvocationError, runtimeLog: readonly string[]): InvocationOutcome => ({
  payload: JSON.stringify(error),
  error,
  runtimeLog,
});

function serialize(returned: unknown): string {
  try {
    return JSON.stringify(returned === undefined ? null : returned) ?? "";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

/** The runtime wraps what is thrown without being an error. */
const intoError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(thrown as string);

const escapeDelete = (text: string): string => text.replaceAll("\x7F", "%7F");

function describe(error: Error): InvocationError {
  try {
    const { name, message, stack } = error;
    if (types.isNativeError(error) || (name && message && stack)) {
      return {
        errorType: escapeDelete(name),
        errorMessage: escapeDelete(message),
        trace: escapeDelete(stack as string).split("\n"),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
    };
  }
}

/** The runtime logs an error with its enumerable properties, secrets in them or not. */
function loggedError(error: Error): string {
  try {
    return JSON.stringify(error, (_key, value: unknown) =>
      value instanceof Error
        ? {
            errorType: value.name,
            errorMessage: value.message,
            ...value,
            stack: value.stack?.split("\n"),
          }
        : value,
    );
  } catch {
    return JSON.stringify(describe(error));
  }
}
