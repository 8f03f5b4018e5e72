/**
 * Which triggers may call a function, by the schemas that it has.
 *
 * @module
 */
import {
  canReport,
  type EventSource,
  expectStill,
  type HttpEventSource,
  isHttpSource,
  isRecordSource,
  payloadPlaceOf,
  type RecordDisposition,
  type RecordSource,
} from "@middy-hardening/core";
import { SOURCE } from "./refusal.ts";

/** The triggers that can be named as the one that calls the function. */
export const EVENT_SOURCES: readonly (HttpEventSource | RecordSource)[] = [
  "api-gateway-rest",
  "api-gateway-http",
  "function-url",
  "alb",
  "cloudwatch-logs",
  "dynamodb",
  "eventbridge",
  "firehose",
  "kafka",
  "kinesis",
  "s3",
  "ses",
  "sns",
  "sqs",
];

/** Sources whose events may have a body, query or headers, but in a form that is not read here. */
const NEARLY_HTTP: ReadonlySet<EventSource> = new Set<EventSource>([
  "api-gateway-websocket",
  "direct",
  "vpc-lattice",
]);

/** What of an event has schemas, and what is expected of it. */
interface Expected {
  readonly eventSource?: HttpEventSource | RecordSource | undefined;
  readonly onInvalidRecord?: RecordDisposition | undefined;
  readonly recordType?: string | undefined;
  readonly envelope?: string | undefined;
  /** Parts of HTTP have schemas. */
  readonly hasParts: boolean;
  /** Records have one. */
  readonly hasRecords: boolean;
}

/** @throws TypeError when the options contradict each other. */
export function checkSource({
  eventSource,
  onInvalidRecord,
  recordType = "json",
  envelope,
  hasParts,
  hasRecords,
}: Expected): void {
  if (eventSource === undefined) return;
  const isHttp = isHttpSource(eventSource);
  if (isHttp ? hasRecords : hasParts) {
    const useless = isHttp ? "records" : "body, query, path or headers";
    throw new TypeError(`${SOURCE}: an event of ${eventSource} has no ${useless} to validate.`);
  }
  if (!isRecordSource(eventSource)) return;
  const isWritten = /^(?:base64|text)$/.test(payloadPlaceOf(eventSource).encoding);
  if (!isWritten && (recordType !== "json" || envelope !== undefined)) {
    throw new TypeError(
      `${SOURCE}: option "${envelope === undefined ? "recordType" : "envelope"}" is of no use for ${eventSource}, whose records are JSON as they are.`,
    );
  }
  if (onInvalidRecord === "report" && !canReport(eventSource)) {
    throw new TypeError(
      `${SOURCE}: option "onInvalidRecord" cannot be "report" for ${eventSource}, which has no partial batch response; expected "drop" or "fail".`,
    );
  }
}

/**
 * A handler whose parts or records were not validated must not run, with an event of another trigger
 * or one that only looks like HTTP.
 *
 * @throws Error for the log, since it is a mistake of the deployment, never for the caller.
 */
export function expectSource(actual: EventSource, event: unknown, expected: Expected): void {
  const { eventSource, hasParts, hasRecords } = expected;
  const isValidated = (hasRecords && isRecordSource(actual)) || (hasParts && isHttpSource(actual));
  const isWrong =
    eventSource !== undefined
      ? actual !== eventSource
      : !isValidated && (hasRecords || (hasParts && NEARLY_HTTP.has(actual)));
  if (!isWrong) {
    const isHttp = hasParts && isHttpSource(actual);
    if (isHttp && !hasMemberOfHttp(event)) expectStill(actual, event, SOURCE);
    return;
  }
  const wanted = [hasParts ? "an HTTP integration" : [], hasRecords ? "records" : []].flat();
  const advice = actual === "direct" ? ADVICE : "";
  throw new Error(
    `${SOURCE}: expected an event of ${eventSource ?? wanted.join(" or ")}, but got one of ${actual}.${advice}`,
  );
}

/** Whether it has any of what validators read: a schema of the whole event may have taken away the others. */
function hasMemberOfHttp(event: unknown): boolean {
  const fields = Object(event) as Readonly<Record<string, unknown>>;
  if (fields.requestContext !== undefined) return true;
  return PLACES.some((place) => fields[place] !== undefined);
}

const PLACES = ["body", "headers", "queryStringParameters", "pathParameters"];

/** What makes an event one of no known trigger, beside a direct call. */
const ADVICE =
  " If another middleware answers such calls, as @middy/warmup does, add that one to the chain before inputValidator. If one puts something else in the place of the event, as a parser with an envelope does, add it after.";
