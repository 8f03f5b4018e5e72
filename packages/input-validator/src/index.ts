/**
 * Validates what a function receives and returns against Standard Schemas.
 *
 * @module
 */
import type { MiddlewareObj, Request } from "@middy/core";
import {
  checkOptions,
  completeBatchResponse,
  completeFailureResponse,
  type HttpEventSource,
  invocationOf,
  isHttpSource,
  isRecordSource,
  limitOf,
  oneOf,
  type RecordDisposition,
  type RecordSource,
  settle,
  textList,
} from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { bodyReader } from "./body.ts";
import type { ValidatedContext, ValidatedEvent } from "./event-types.ts";
import { queryReader, readHeaders, readPath } from "./fields.ts";
import type { Part } from "./problems.ts";
import type { Envelope } from "./records/envelope.ts";
import { type RecordRules, validateRecords } from "./records/record-validation.ts";
import { SOURCE } from "./refusal.ts";
import { type Reader, type Step, validateRequest } from "./request-validation.ts";
import { validateResponse } from "./response-validation.ts";
import { schema } from "./schema.ts";
import { tellOfSecondParser } from "./second-parser.ts";
import { checkSource, EVENT_SOURCES, expectSource } from "./sources.ts";

export type { ValidatedContext, ValidatedEvent } from "./event-types.ts";
export type { Problem, ProblemCode } from "./problems.ts";

/** What {@link inputValidator} validates, and how it reads it. */
export interface InputValidatorOptions {
  /** Judges the parsed body of an HTTP request; it gets `undefined` when there is none. Default: none. */
  readonly body?: StandardSchemaV1 | undefined;
  /** Judges the query parameters: strings, and an array where a name is repeated. Default: none. */
  readonly query?: StandardSchemaV1 | undefined;
  /** Judges the path parameters. Default: none. */
  readonly path?: StandardSchemaV1 | undefined;
  /** Judges the headers, whose names it gets in lower case. Default: none. */
  readonly headers?: StandardSchemaV1 | undefined;
  /**
   * Judges the whole event, for every trigger. Its output is the event that the handler gets. Default: none.
   */
  readonly event?: StandardSchemaV1 | undefined;
  /** Judges what each record of a batch or notification carries, decoded. Default: none. */
  readonly record?: StandardSchemaV1 | undefined;
  /** What becomes of a record that is not valid: it is answered as failed (`report`), as done (`drop`), or the whole batch fails (`fail`). A report is lost where the event source mapping has no `ReportBatchItemFailures`. Default: `report` where the trigger has partial batch responses (SQS, Kinesis, DynamoDB, Firehose), else `fail`. */
  readonly onInvalidRecord?: RecordDisposition | undefined;
  /**
   * How a record is written: `json`, `gzip-json` for gzipped JSON in base64, or `text`, which the schema gets as
   * it is. Default: `json`.
   */
  readonly recordType?: "json" | "gzip-json" | "text" | undefined;
  /**
   * The service that wrapped each record on its way to a queue or stream. The schema gets what is inside.
   * Default: none.
   */
  readonly envelope?: Envelope | undefined;
  /** Largest size of a gunzipped record, and of all valid ones of an event together, in bytes. Default: 10,485,760 (10 MiB). */
  readonly maxDecompressedBytes?: number | undefined;
  /** Judges the Lambda context. The fields of its output are set on the context. Default: none. */
  readonly context?: StandardSchemaV1 | undefined;
  /** Judges the parsed body of an HTTP response, or the whole result for any other trigger. Default: none. */
  readonly response?: StandardSchemaV1 | undefined;
  /**
   * The trigger that calls the function: the handler gets the type of its event, and every other event is
   * refused. Without it the type is that of an HTTP API, or of SQS where `record` is given. Default: any.
   */
  readonly eventSource?: HttpEventSource | RecordSource | undefined;
  /** How a body is written: `json`, or `form` for `application/x-www-form-urlencoded`. Default: `json`. */
  readonly bodyType?: "json" | "form" | undefined;
  /**
   * Whether a body or record may have a name twice in one object. JavaScript takes the last one, other readers
   * the first. Default: `allow`.
   */
  readonly duplicateKeys?: "allow" | "reject" | undefined;
  /**
   * Query parameters that the schema gets as an array even when they are given once. One that is absent stays
   * absent. Default: none.
   */
  readonly repeatedQuery?: readonly string[] | undefined;
}

const RULES = {
  body: schema,
  query: schema,
  path: schema,
  headers: schema,
  event: schema,
  record: schema,
  context: schema,
  response: schema,
  eventSource: oneOf(...EVENT_SOURCES),
  onInvalidRecord: oneOf("report", "drop", "fail"),
  recordType: oneOf("json", "gzip-json", "text"),
  envelope: oneOf("sns", "eventbridge"),
  maxDecompressedBytes: limitOf("bytes"),
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
 * Records of a batch are validated one by one, and `event.Records[0].body` of a queue is typed:
 *
 * ```ts
 * inputValidator({ eventSource: "sqs", record: Order, onInvalidRecord: "report" });
 * ```
 *
 * @throws TypeError when an option is unknown or wrong, or two contradict each other (at construction).
 * @throws PublicError 400, 415 or 422 from `before`; a plain Error from `before` for an event of
 *   another source than `eventSource`, and from `after` for a response that is not valid.
 */
export function inputValidator<const Options extends InputValidatorOptions>(
  options: Options,
): MiddlewareObj<ValidatedEvent<Options>, unknown, Error, ValidatedContext<Options>> {
  const given = checkOptions<InputValidatorOptions>(SOURCE, options, RULES);
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
  const rules = recordRules(given);
  const hasParts = httpSteps.length > 0;
  const expected = { ...given, hasParts, hasRecords: rules !== undefined };
  checkSource(expected);

  const before = function inputValidatorBefore(request: Request): unknown {
    const { eventSource: actual } = invocationOf(request);
    const event = request.event as object;
    expectSource(actual, event, expected);
    const pending = validateRequest(request, isHttpSource(actual) ? allSteps : steps);
    if (rules === undefined || !isRecordSource(actual)) return pending;
    const next = (): unknown => validateRecords(request, event, actual, rules);
    return pending ? pending.then(next) : next();
  };
  const response = given.response?.["~standard"];
  const after = function inputValidatorAfter(request: Request): void | Promise<void> {
    const complete = (): void => completeBatchResponse(request);
    const pending = response && validateResponse(request, response);
    return pending ? pending.then(complete) : complete();
  };
  const onError = function inputValidatorOnError(request: Request): void {
    tellOfSecondParser(request);
    if (rules !== undefined) settle(request, completeFailureResponse);
  };
  const hasAfter = rules !== undefined || response !== undefined;
  const hasOnError = rules !== undefined || given.body !== undefined;
  return { before, ...(hasAfter && { after }), ...(hasOnError && { onError }) };
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

/** How records are validated, if they have a schema. */
function recordRules(options: InputValidatorOptions): RecordRules | undefined {
  const { record, onInvalidRecord, recordType = "json", duplicateKeys, envelope } = options;
  if (record === undefined) return undefined;
  const { maxDecompressedBytes: maxBytes = 10_485_760 } = options;
  const isExact = duplicateKeys === "reject";
  const decoding = { recordType, isExact, envelope, maxBytes };
  return { standard: record["~standard"], decoding, onInvalid: onInvalidRecord };
}
