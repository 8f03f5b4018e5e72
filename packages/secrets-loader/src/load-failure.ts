/**
 * Why a secret could not be loaded, in words that are safe to log.
 *
 * The errors of the SDK, of JSON and of schema libraries can hold what they were given: an SDK
 * error carries the raw response, `JSON.parse` quotes the text, a schema its input. So none of
 * them is passed on, not even as a cause; only names and numbers of a known form are taken over.
 *
 * @module
 */
import { PublicError } from "@middy-hardening/core";

/** Why a load did not bring a value. */
export interface LoadFailure {
  /** Completes the sentence `The secret "NAME" ...`. */
  readonly reason: string;
  /** The value was there, but is not what it should be. */
  readonly isInvalid: boolean;
}

/** Thrown with a message of ours for a value that is not what it should be. */
export class InvalidSecret extends Error {}

/** Thrown, as the reason of an abort, with a message of ours. */
export class Aborted extends Error {}

/** The names that AWS's services, its SDK and Node give to errors. */
const ERROR_NAME = /^[A-Z][A-Za-z]{2,48}(?:Exception|Error|Failure|Fault|NotFound|KeyId)$/;
const ERROR_CODE = /^E[A-Z_]{3,32}$/;

/** What passes when the call is made again: throttling, a failing service, a lost connection. */
const PASSING =
  /Throttl|TooManyRequests|LimitExceeded|Timeout|ServiceUnavailable|InternalS|ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN/;

const member = (error: unknown, name: string): unknown => {
  try {
    return (error as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  } catch {
    return undefined; // A getter of a provider's own error.
  }
};

interface ErrorFacts {
  readonly names: readonly string[];
  readonly status: number | undefined;
}

function factsOf(thrown: unknown): ErrorFacts {
  // Powertools wraps what the SDK threw.
  const error =
    member(thrown, "name") === "GetParameterError" ? (member(thrown, "cause") ?? thrown) : thrown;
  const name = member(error, "name");
  const code = member(error, "code");
  const status = member(member(error, "$metadata"), "httpStatusCode");
  return {
    names: [
      ...(typeof name === "string" && ERROR_NAME.test(name) ? [name] : []),
      ...(typeof code === "string" && ERROR_CODE.test(code) ? [code] : []),
    ],
    status: Number.isInteger(status) ? (status as number) : undefined,
  };
}

/** Whether the same call may succeed a moment later. */
export function isPassing(error: unknown): boolean {
  const { names, status = 0 } = factsOf(error);
  return status >= 500 || status === 429 || PASSING.test(names.join());
}

/** The failure that a thrown value stands for. */
export function failureOf(error: unknown): LoadFailure {
  if (error instanceof InvalidSecret) return { reason: error.message, isInvalid: true };
  if (error instanceof Aborted) {
    return { reason: `could not be loaded: ${error.message}`, isInvalid: false };
  }
  const { names, status } = factsOf(error);
  const facts = [...names, ...(status === undefined ? [] : [`HTTP ${status}`])];
  return {
    reason: `could not be loaded: ${facts.join(", ") || "an error without a known name"}`,
    isInvalid: false,
  };
}

/** The refusal of an invocation that lacks secrets; the causes are for the log. */
export const unavailable = (causes: readonly string[]): PublicError =>
  new PublicError(503, {
    code: "secret_unavailable",
    detail: "The service is temporarily unavailable.",
    cause: new Error(causes.join(" ")),
  });
