/**
 * Validating what the handler returned, before it leaves.
 *
 * @module
 */
import type { Request } from "@middy/core";
import {
  deleteHeader,
  getHeader,
  type HttpResponse,
  invocationOf,
  ownResponse,
  publishSecurityEvent,
  setHeader,
} from "@middy-hardening/core";
import { addProblems, type Problem } from "./problems.ts";
import { SOURCE } from "./refusal.ts";
import { judge, type Outcome, type Standard } from "./schema.ts";

/** Statuses whose responses have no content (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5). */
const WITHOUT_CONTENT = [204, 205, 304];

/**
 * Validates the body of an HTTP response, or the whole result for any other trigger, and puts what
 * the schema returns in its place.
 *
 * @throws Error that names the places for the log; it is no public error, so the client gets 500.
 */
export function validateResponse(
  request: Request,
  standard: Standard,
): undefined | Promise<undefined> {
  let value: unknown = request.response;
  let response: HttpResponse | undefined;
  if (invocationOf(request).http) {
    response = ownResponse(request);
    if (!response) return fail(request, "has no status code");
    const { body, statusCode, isBase64Encoded } = response;
    if (body == null || body === "" || WITHOUT_CONTENT.includes(statusCode)) {
      delete response.body;
      return undefined;
    }
    try {
      // An object is what the handler left to a serializer: its client would read it as JSON.
      const text = typeof body === "string" ? body : JSON.stringify(body);
      value = JSON.parse(isBase64Encoded ? "" : text);
    } catch {
      // The engine's message would quote the body.
      return fail(request, "is not JSON");
    }
  }
  const next = (outcome: Outcome): undefined => {
    if (outcome.issues) {
      const problems: Problem[] = [];
      addProblems(problems, "response", value, outcome.issues);
      return fail(request, "does not match its schema", problems);
    }
    if (!response) request.response = outcome.value;
    else {
      // What was validated is what leaves, and no header tells of another body.
      response.body = JSON.stringify(outcome.value);
      deleteHeader(response, "content-length");
      if (getHeader(response, "content-type") === undefined) {
        setHeader(response, "content-type", "application/json");
      }
    }
    return undefined;
  };
  // The response is not the client's doing, however deep it is.
  return judge(standard, value, next, (error) => {
    throw error;
  });
}

function fail(request: Request, reason: string, problems: readonly Problem[] = []): never {
  const params = problems.map(({ pointer }) => pointer);
  const description = `The response ${reason}.`;
  publishSecurityEvent(request, {
    name: "response_validation_fail",
    params,
    outcome: "blocked",
    description,
    source: SOURCE,
  });
  throw new Error(`${SOURCE}: ${description} ${params}`);
}
