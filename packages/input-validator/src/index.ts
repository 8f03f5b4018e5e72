/**
 * Validates what a function receives and returns against Standard Schemas.
 *
 * @module
 */
import type { MiddlewareObj, Request } from "@middy/core";
import {
  checkOptions,
  type EventSource,
  type HttpEventSource,
  invocationOf,
  isHttpSource,
  oneOf,
  textList,
} from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { bodyReader } from "./body.ts";
import type { ValidatedContext, ValidatedEvent } from "./event-types.ts";
import { queryReader, readHeaders, readPath } from "./fields.ts";
import type { Part } from "./problems.ts";
import { SOURCE } from "./refusal.ts";
import { type Reader, type Step, validateRequest } from "./request-validation.ts";
import { validateResponse } from "./response-validation.ts";
import { type Judged, schema } from "./schema.ts";

export type { ValidatedContext, ValidatedEvent } from "./event-types.ts";
export type { Problem, ProblemCode } from "./problems.ts";

/** What {@link inputValidator} validates, and how it reads it. */
export interface InputValidatorOptions {
  /** Schema of the parsed body of an HTTP request; `undefined` is what it gets when there is none. Default: none. */
  readonly body?: StandardSchemaV1 | undefined;
  /** Schema of the query parameters of an HTTP request: strings, and arrays where repeated. Default: none. */
  readonly query?: StandardSchemaV1 | undefined;
  /** Schema of the path parameters of an HTTP request. Default: none. */
  readonly path?: StandardSchemaV1 | undefined;
  /** Schema of the headers of an HTTP request, their names in lower case. Default: none. */
  readonly headers?: StandardSchemaV1 | undefined;
  /** Schema of the whole event, for every trigger. Default: none. */
  readonly event?: StandardSchemaV1 | undefined;
  /** Schema of the Lambda context; the fields it returns are set on the context. Default: none. */
  readonly context?: StandardSchemaV1 | undefined;
  /** Schema of the parsed body of an HTTP response, or of the whole result for any other trigger. Default: none. */
  readonly response?: StandardSchemaV1 | undefined;
  /** The HTTP integration that calls the function: it gives the event's type, and any other event is refused. Default: any. */
  readonly eventSource?: HttpEventSource | undefined;
  /** How a body is written: `json`, or `form` for `application/x-www-form-urlencoded`. Default: `json`. */
  readonly bodyType?: "json" | "form" | undefined;
  /** Whether a body may have the same name twice in one object (the last one counts). Default: `allow`. */
  readonly duplicateKeys?: "allow" | "reject" | undefined;
  /** Query parameters that the schema gets as an array even when they are given once. Default: none. */
  readonly repeatedQuery?: readonly string[] | undefined;
}

/** Sources whose events may have a body, query or headers, but in a form that is not read here. */
const NEARLY_HTTP: ReadonlySet<EventSource> = new Set<EventSource>([
  "api-gateway-websocket",
  "direct",
  "vpc-lattice",
]);

const RULES = {
  body: schema,
  query: schema,
  path: schema,
  headers: schema,
  event: schema,
  context: schema,
  response: schema,
  eventSource: oneOf("api-gateway-rest", "api-gateway-http", "function-url", "alb"),
  bodyType: oneOf("json", "form"),
  duplicateKeys: oneOf("allow", "reject"),
  repeatedQuery: textList,
};

/**
 * Validates each given part and puts what its schema returns in its place, so that transforms and
 * defaults reach the handler, whose types follow.
 *
 * ```ts
 * export const handler = middy()
 *   .use(inputValidator({ body: z.strictObject({ sku: z.string(), quantity: z.int() }) }))
 *   .handler(async (event) => ({ statusCode: 201, body: await place(event.body.sku) }));
 * ```
 *
 * @throws TypeError when an option is unknown or wrong (at construction).
 * @throws PublicError 400, 415 or 422 from `before`; a plain Error from `before` for an event of
 *   another source than `eventSource`, and from `after` for a response that is not valid.
 */
export function inputValidator<const Options extends InputValidatorOptions>(
  options: Options,
): MiddlewareObj<ValidatedEvent<Options>, unknown, Error, ValidatedContext<Options>> {
  const given = checkOptions<InputValidatorOptions>(SOURCE, options, RULES);
  const { eventSource: expected, response } = given;
  const steps = stepsOf(given, {
    event: (_request, event) => event,
    context: (request) => request.context,
  });
  const httpSteps = stepsOf(given, {
    path: readPath,
    query: queryReader(given.repeatedQuery),
    headers: readHeaders,
    body: bodyReader(given.bodyType, given.duplicateKeys),
  });
  const allSteps = [...steps, ...httpSteps];
  const hasParts = httpSteps.length > 0;

  const before = function inputValidatorBefore(request: Request): undefined | Promise<undefined> {
    const { eventSource: actual } = invocationOf(request);
    const isHttp = isHttpSource(actual);
    // A handler whose parts were not validated must not run with an event that only looks like HTTP.
    const isWrong = expected ? actual !== expected : hasParts && NEARLY_HTTP.has(actual);
    if (isWrong) {
      // A mistake of the deployment: for the log, never for the caller.
      const wanted = expected ?? "an HTTP integration";
      throw new Error(`${SOURCE}: expected an event of ${wanted}, but got one of ${actual}.`);
    }
    return validateRequest(request, isHttp ? allSteps : steps);
  };
  if (!response) return { before };

  const judged: Judged = { part: "response", standard: response["~standard"] };
  const after = function inputValidatorAfter(request: Request): undefined | Promise<undefined> {
    return validateResponse(request, judged);
  };
  return { before, after };
}

export { inputValidator as default };

/** The parts that have a schema, in the order in which they are validated. */
function stepsOf(
  options: InputValidatorOptions,
  readers: { readonly [Name in Part]?: Reader },
): Step[] {
  const steps: Step[] = [];
  for (const [name, read] of Object.entries(readers)) {
    const part = name as Part;
    const given = options[part];
    if (given) steps.push({ part, standard: given["~standard"], read });
  }
  return steps;
}
