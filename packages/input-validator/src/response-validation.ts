/**
 * Validating what the handler returned, before it leaves.
 *
 * @module
 */
import type { Request } from "@middy/core";
import {
  decodeBase64,
  deleteHeader,
  getHeader,
  type HttpResponse,
  invocationOf,
  isJson,
  ownResponse,
  publishSecurityEvent,
  setHeader,
} from "@middy-hardening/core";
import { isPlain } from "./forbidden-keys.ts";
import { addProblems, type Problem } from "./problems.ts";
import { isPending, type Outcome, type Validate } from "./schema.ts";
import { SOURCE } from "./source.ts";

/** Statuses whose responses have no content (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5). */
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Validates the body of an HTTP response, or the whole result for any other trigger, and puts what
 * the schema returns in its place.
 *
 * @throws Error that names the places for the log; it is no public error, so the client gets 500.
 */
export function validateResponse(
  request: Request,
  validate: Validate,
): undefined | Promise<undefined> {
  if (invocationOf(request).http === undefined) {
    return judge(request, validate, request.response, (value) => {
      request.response = value;
    });
  }
  const { response: returned } = request;
  if (returned === undefined || returned === null) return undefined;
  const response = ownResponse(request);
  if (response === undefined) return fail(request, "is not an HTTP response with a status code");
  if (WITHOUT_CONTENT.has(response.statusCode)) {
    delete response.body;
    return undefined;
  }
  const { body } = response;
  if (body === undefined || body === null || body === "") return undefined;
  return judge(request, validate, contentOf(request, response), (value) => {
    setContent(response, value);
  });
}

type Keep = (value: unknown) => void;

function judge(
  request: Request,
  validate: Validate,
  value: unknown,
  keep: Keep,
): undefined | Promise<undefined> {
  const outcome = validate(value);
  if (isPending(outcome)) return judgeLater(request, value, outcome, keep);
  return accept(request, value, outcome, keep);
}

async function judgeLater(
  request: Request,
  value: unknown,
  pending: PromiseLike<Outcome>,
  keep: Keep,
): Promise<undefined> {
  return accept(request, value, await pending, keep);
}

function accept(request: Request, value: unknown, outcome: Outcome, keep: Keep): undefined {
  if (outcome.issues) {
    const problems: Problem[] = [];
    addProblems(problems, "response", value, outcome.issues);
    fail(request, "does not match its schema", problems);
  }
  keep(outcome.value);
  return undefined;
}

/** The value that a body is, as its client will read it. */
function contentOf(request: Request, response: HttpResponse): unknown {
  const { body, isBase64Encoded } = response;
  if (typeof body === "object" && body !== null && isPlain(body)) return body;
  const type = getHeader(response, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (typeof body === "string" && (type === undefined || isJson(type))) {
    try {
      return JSON.parse(isBase64Encoded === true ? utf8.decode(decodeBase64(body)) : body);
    } catch {
      // The engine's message quotes the body.
    }
  }
  return fail(request, "is not JSON, so its schema cannot judge it");
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What was validated is what leaves, and no header tells of another body. */
function setContent(response: HttpResponse, value: unknown): void {
  response.body = JSON.stringify(value) ?? "";
  response.isBase64Encoded = false;
  deleteHeader(response, "content-length");
  if (getHeader(response, "content-type") === undefined) {
    setHeader(response, "content-type", "application/json");
  }
}

function fail(request: Request, reason: string, problems: readonly Problem[] = []): never {
  const places = problems.map(({ pointer }) => pointer);
  publishSecurityEvent(request, {
    name: "response_validation_fail",
    params: places,
    outcome: "blocked",
    description: `The response ${reason}.`,
    source: SOURCE,
  });
  const where = places.length === 0 ? "" : ` (${places.join(", ")})`;
  throw new Error(`${SOURCE}: the response ${reason}${where}.`);
}
