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

/**
 * A Lambda handler, wrapped by Middy or not, whatever it calls the types of its event and context:
 * the event comes in as JSON, and middlewares add to the context.
 */
export type InvokableHandler<Event = never> = (event: Event, context: never) => unknown;

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
export const MAX_PAYLOAD_BYTES = 6_291_556;

/**
 * Invokes a handler with an event, and resolves to what became of it, whatever the handler does.
 *
 * ```ts
 * const { result, error, runtimeLog } = await invoke(handler, httpEvent("api-gateway-http"));
 * ```
 *
 * @param handler a handler that returns its result or a promise of it; callbacks are not served.
 * @param event a JSON text, or a value that is serialized as the invoker would; so the handler
 *   never shares an object with the test. Nothing stands for an empty object.
 * @throws SyntaxError for a text that is not JSON, and TypeError for an event that has none.
 */
export async function invoke<Event>(
  handler: InvokableHandler<Event>,
  event: unknown,
  context: Context = lambdaContext(),
): Promise<InvocationOutcome> {
  const text = typeof event === "string" ? event : (JSON.stringify(event) ?? "{}");
  const received: unknown = JSON.parse(text);
  try {
    const payload = serialize(await handler(received as Event, context as never));
    if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) return failed(tooLarge, []);
    return { payload, result: JSON.parse(payload), runtimeLog: [] };
  } catch (thrown) {
    return report(thrown ?? "handled");
  }
}

export const tooLarge: InvocationError = {
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
};

const failed = (error: InvocationError, runtimeLog: readonly string[]): InvocationOutcome => ({
  payload: JSON.stringify(error),
  error,
  runtimeLog,
});

function serialize(returned: unknown): string {
  let payload: string | undefined;
  try {
    payload = JSON.stringify(returned === undefined ? null : returned);
  } catch {
    throw new Error("Unable to stringify response body");
  }
  // What the runtime's native client says of what has no JSON, such as a function.
  if (payload === undefined) throw new TypeError("Wrong arguments");
  return payload;
}

/** The runtime logs what was thrown and then reports it; what cannot be logged, it tries once more with why. */
export function report(thrown: unknown): InvocationOutcome {
  try {
    return loggedFailure(thrown);
  } catch (unloggable) {
    try {
      return loggedFailure(unloggable);
    } catch {
      return failed(exited, []);
    }
  }
}

const loggedFailure = (thrown: unknown): InvocationOutcome =>
  failed(describe(thrown), [`Invoke Error\t${logged(thrown)}`]);

const exited: InvocationError = {
  errorType: "Runtime.ExitError",
  errorMessage: "Error: Runtime exited with error: exit status 128",
};

const escapeDelete = (text: string): string => text.replaceAll("\x7F", "%7F");

/** The runtime's own words for what was thrown (`toRapidResponse`). */
function describe(thrown: unknown): InvocationError {
  try {
    if (types.isNativeError(thrown) || isErrorLike(thrown)) {
      const { name, message, stack } = thrown;
      return {
        errorType: escapeDelete(name),
        errorMessage: escapeDelete(message),
        trace: escapeDelete(stack as string).split("\n"),
      };
    }
    return { errorType: typeof thrown, errorMessage: (thrown as object).toString(), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
    };
  }
}

function isErrorLike(thrown: unknown): thrown is Error {
  const { name, message, stack } = thrown as Error;
  return [name, message, stack].every((text) => typeof text === "string" && text !== "");
}

/** The runtime logs an error with its enumerable properties, secrets in them or not. */
function logged(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : new Error(thrown as string);
  try {
    return JSON.stringify(error, (_key, value: unknown) => {
      if (!(value instanceof Error)) return value;
      const { name, message, code, stack } = value as NodeJS.ErrnoException;
      const lines = typeof stack === "string" ? { stack: stack.split("\n") } : {};
      return { errorType: name, errorMessage: message, code, ...value, ...lines };
    });
  } catch {
    return JSON.stringify(describe(error));
  }
}
