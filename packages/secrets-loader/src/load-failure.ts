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

/** Why a load did not bring a value. The message, always one of ours, completes `The secret "NAME" ...`. */
export class LoadFailure extends Error {
  /** The value was there, but is not what it should be. */
  readonly isInvalid: boolean;

  constructor(message: string, isInvalid = false) {
    super(message);
    this.isInvalid = isInvalid;
  }
}

/** A load that was not waited for. It says nothing about AWS. */
export const ENDED = new LoadFailure("could not be loaded: the invocation ended first");

/** The names that AWS's services, its SDK and Node give to errors, and Node's codes. */
const KNOWN_NAME =
  /^(?:[A-Z][A-Za-z]{2,48}(?:Exception|Error|Failure|Fault|NotFound|KeyId)|E[A-Z_]{3,32})$/;

/**
 * What passes when the call is made again: throttling, a failing service, a lost connection, an error
 * with a good status (an answer that is not AWS's).
 */
const PASSING =
  /Throttl|TooMany|LimitExceeded|Timeout|Unavailable|InternalS|ECONN|EPIPE|TIMEDOUT|EAI_AGAIN|HTTP (?:2|429|5)/;

const member = (error: unknown, name: string): unknown => {
  try {
    return Object(error)[name];
  } catch {
    return undefined; // A getter of a provider's own error.
  }
};

/** What is known of an error that a provider threw: names, code and HTTP status. */
function factsOf(thrown: unknown): string {
  // Powertools wraps what the SDK threw.
  const wrapped = member(thrown, "name") === "GetParameterError" && member(thrown, "cause");
  const error = wrapped || thrown;
  const status = member(member(error, "$metadata"), "httpStatusCode");
  const names = [member(error, "name"), member(error, "code")].filter((name) =>
    KNOWN_NAME.test(String(name)),
  );
  return [...names, ...(Number.isInteger(status) ? [`HTTP ${status}`] : [])].join(", ");
}

/** Whether the same call may succeed a moment later. */
export const isPassing = (error: unknown): boolean => PASSING.test(factsOf(error));

/** The failure that a thrown value stands for. */
export const failureOf = (error: unknown): LoadFailure =>
  error instanceof LoadFailure
    ? error
    : new LoadFailure(`could not be loaded: ${factsOf(error) || "an unknown error"}`);

/** The refusal of an invocation that lacks secrets; the problems are for the log. */
export const unavailable = (problems: readonly string[]): PublicError =>
  new PublicError(503, { code: "secret_unavailable", cause: new Error(problems.join(" ")) });
