/**
 * What a failure becomes for callers that read no HTTP response.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { failInvocationAlone, invocationOf } from "@middy-hardening/core";
import { reportFailure } from "./custom-resource.ts";
import type { Failure } from "./failure.ts";
import { cleanError, internalError, messageOf, throwAtEnd } from "./outcome.ts";

/** The words that a caller gets: those of a public error, or none of the failure's own. */
export interface Words {
  readonly errorType: string;
  readonly message: string;
}

/**
 * Makes the failure the outcome of the invocation. `words` are those of a public error, unless they
 * leak.
 *
 * What is retried when it fails (records, asynchronous invocations) fails; so does what has no other
 * way to say so.
 */
export function failTrigger(
  request: Request,
  failure: Failure,
  words: Words | undefined,
): void | Promise<void> {
  switch (invocationOf(request).eventSource) {
    case "authorizer":
      return failAuthorizer(request, failure, words);
    case "appsync":
      return failResolver(request, words);
    case "cloudformation":
      return failCustomResource(request, words);
    case "cognito":
      return throwAtEnd(request, userError(words));
    default:
      return failExecution(request, failure, words);
  }
}

/** What is only unavailable at the moment does not end a durable execution, which goes on when it is invoked again. */
function failExecution(request: Request, { status }: Failure, words: Words | undefined): void {
  const error = callerError(request, words);
  if (status === 503 || status === 504) failInvocationAlone(request.context, error);
  throwAtEnd(request, error);
}

/** For callers that are programs and operators: with the request id. */
function callerError(request: Request, words: Words | undefined): Error {
  if (words === undefined) return internalError(request);
  return cleanError(messageOf(request, words.message), words.errorType);
}

/** What an application shows to its user, as Cognito does: "PreSignUp failed with error ...". */
const userError = (words: Words | undefined): Error =>
  words === undefined
    ? cleanError("Something went wrong. Please try again later.", "InternalError")
    : cleanError(words.message, words.errorType);

/**
 * A 401 is the error `Unauthorized`, to the letter; a 403 is an answer that denies. Everything else
 * fails, which denies too, but for this request only: API Gateway and AppSync cache answers.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 * @see https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
 */
function failAuthorizer(request: Request, { status }: Failure, words: Words | undefined): void {
  const { version, methodArn, routeArn } = Object(request.event) as AuthorizerEvent;
  const arn = methodArn ?? routeArn;
  if (status !== 401 && status !== 403) throwAtEnd(request, callerError(request, words));
  else if (typeof arn !== "string")
    request.response = { isAuthorized: false }; // AppSync.
  else if (status === 401) throwAtEnd(request, cleanError("Unauthorized"));
  else {
    // Whether an HTTP API reads a policy or a simple response is not in the event: each finds its own.
    const simple = version === "2.0" ? { isAuthorized: false } : undefined;
    request.response = { ...simple, ...denyPolicy(arn) };
  }
}

interface AuthorizerEvent {
  readonly version?: unknown;
  readonly methodArn?: unknown;
  readonly routeArn?: unknown;
}

const denyPolicy = (arn: string) => ({
  principalId: "denied",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: "Deny", Resource: arn }],
  },
});

/**
 * A batch of resolvers is answered with an error for each, which is also the only way to give AppSync
 * an error type. A single one, or a handler of AppSync Events, fails.
 *
 * @see https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-lambda-js.html
 */
function failResolver(request: Request, words: Words | undefined): void {
  const error = words === undefined ? internalError(request) : userError(words);
  const answer = { data: null, errorMessage: error.message, errorType: error.name };
  if (Array.isArray(request.event)) request.response = request.event.map(() => answer);
  else throwAtEnd(request, error);
}

/**
 * Tells CloudFormation, which would wait an hour for the answer otherwise. Once it knows, the
 * invocation ends well: it is asynchronous, and Lambda would repeat a failed one, the work included.
 */
async function failCustomResource(request: Request, words: Words | undefined): Promise<void> {
  const error = callerError(request, words);
  if (await reportFailure(request, error.message)) request.response = null;
  else throwAtEnd(request, error);
}
