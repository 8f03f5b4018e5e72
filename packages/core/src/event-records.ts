/**
 * The records of an event: what identifies each, which of them belong in one order, and where each
 * carries its payload.
 *
 * @module
 */
import type { EventSource } from "./event-source.ts";
import { printable } from "./printable.ts";

/** The sources whose events carry records, one or many. */
export type RecordSource = Extract<
  EventSource,
  | "cloudwatch-logs"
  | "dynamodb"
  | "eventbridge"
  | "firehose"
  | "kafka"
  | "kinesis"
  | "s3"
  | "ses"
  | "sns"
  | "sqs"
>;

/** Where a record carries its payload, and how it is written there. */
export interface PayloadPlace {
  /** The names of the fields that lead to it, from the record on. */
  readonly path: readonly string[];
  /** `value`: the payload is JSON already, as the runtime parsed it. */
  readonly encoding: "base64" | "gzip-base64" | "text" | "value";
}

/** What each source calls a record in its answer and in the log, and where its payload is. */
interface RecordForm extends PayloadPlace {
  readonly identify: (fields: Fields) => unknown;
  /** Records of one group are processed in order; `undefined` where there is no order. */
  readonly groupOf?: (fields: Fields) => string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** A field of a field, or `undefined`: of a record that was sent by hand, any part may be missing. */
const at = (fields: Fields, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Fields | null | undefined)?.[name], fields);

/** A Kafka record is told by two fields ("Configuring error handling controls for Kafka event sources"). */
const partitionOf = ({ topic, partition }: Fields): string =>
  typeof topic === "string" && Number.isInteger(partition) ? `${topic}-${partition}` : "";

/** A batch of a stream comes from one shard, whose records are in order. */
const oneShard = (): string => "shard";

const FORMS: Readonly<Record<RecordSource, RecordForm>> = {
  "cloudwatch-logs": {
    path: ["awslogs", "data"],
    encoding: "gzip-base64",
    identify: () => "awslogs",
  },
  dynamodb: {
    path: ["dynamodb"],
    encoding: "value",
    identify: (fields) => at(fields, "dynamodb", "SequenceNumber"),
    groupOf: oneShard,
  },
  eventbridge: { path: ["detail"], encoding: "value", identify: (fields) => fields.id },
  firehose: { path: ["data"], encoding: "base64", identify: (fields) => fields.recordId },
  kafka: {
    path: ["value"],
    encoding: "base64",
    identify: (fields) => {
      const { offset } = fields;
      const partition = partitionOf(fields);
      return partition !== "" && Number.isInteger(offset) ? { partition, offset } : undefined;
    },
    groupOf: partitionOf,
  },
  kinesis: {
    path: ["kinesis", "data"],
    encoding: "base64",
    identify: (fields) => at(fields, "kinesis", "sequenceNumber"),
    groupOf: oneShard,
  },
  s3: {
    path: ["s3"],
    encoding: "value",
    identify: (fields) => at(fields, "responseElements", "x-amz-request-id"),
  },
  ses: {
    path: ["ses"],
    encoding: "value",
    identify: (fields) => at(fields, "ses", "mail", "messageId"),
  },
  sns: {
    path: ["Sns", "Message"],
    encoding: "text",
    identify: (fields) => at(fields, "Sns", "MessageId"),
  },
  sqs: {
    path: ["body"],
    encoding: "text",
    identify: (fields) => fields.messageId,
    // Only FIFO queues give it ("Amazon SQS FIFO queue").
    groupOf: (fields) => {
      const group = at(fields, "attributes", "MessageGroupId");
      return isFifo(fields) && typeof group === "string" ? group : undefined;
    },
  },
};

/** Standard queues may have message groups too (fair queues), which say nothing of an order. */
const isFifo = ({ eventSourceARN }: Fields): boolean =>
  typeof eventSourceARN === "string" && eventSourceARN.endsWith(".fifo");

/** One record of an event. */
export interface EventRecord {
  /** The record as it is in the event; of EventBridge and CloudWatch Logs, the event itself. */
  readonly fields: Fields;
  /** What a log may call it: its message id, sequence number, `topic-partition:offset`; at most 128 characters. */
  readonly id: string;
  /** What a partial batch response calls it; empty when it has none, which to Lambda is the whole batch. */
  readonly itemIdentifier: unknown;
  /** The same for records that are to be processed in their order; `undefined` for any other. */
  readonly orderGroup: string | undefined;
}

/** Whether the events of this source carry records. */
export const isRecordSource = (source: EventSource): source is RecordSource =>
  Object.hasOwn(FORMS, source);

/** A shard is delivered again from its first failed record on, whatever is reported of those after it. */
export const reportsFirstOnly = (source: EventSource): boolean =>
  source === "kinesis" || source === "dynamodb";

/** Where the records of a source carry their payload. */
export const payloadPlaceOf = (source: RecordSource): PayloadPlace => FORMS[source];

/**
 * The records of an event, in the order in which they were delivered.
 *
 * @throws TypeError when one of them is not an object or is of another source: no service sends that.
 */
export function recordsOf(event: object, source: RecordSource): readonly EventRecord[] {
  const { identify, groupOf } = FORMS[source];
  return listOf(event as Fields, source).map((item) => {
    const fields = item as Fields;
    const identifier = identify(fields) ?? "";
    const isIdentifier = typeof identifier === "string" || source === "kafka";
    const itemIdentifier = isIdentifier ? identifier : "";
    return { fields, id: idOf(itemIdentifier), itemIdentifier, orderGroup: groupOf?.(fields) };
  });
}

function listOf(event: Fields, source: RecordSource): readonly unknown[] {
  switch (source) {
    case "eventbridge":
    case "cloudwatch-logs":
      return [event];
    case "firehose":
      return whole(event.records, source);
    case "kafka":
      return Object.values(Object(event.records)).flatMap((list) => whole(list, source));
    default:
      // The source of the event was told by its first record alone.
      return whole(event.Records, source, (record) => isNamed(record, source));
  }
}

/** A list of records, each of which is what it should be. */
function whole(
  list: unknown,
  source: RecordSource,
  isRecord = (item: unknown): boolean => Object(item) === item,
): readonly unknown[] {
  if (Array.isArray(list) && list.every(isRecord)) return list;
  throw new TypeError(
    `@middy-hardening/core: a ${source} event has an entry that is no record of it.`,
  );
}

/** Records of several services look alike to a handler, but for the name of their source. */
function isNamed(record: unknown, source: RecordSource): boolean {
  const { eventSource, EventSource } = Object(record) as Fields;
  return (eventSource ?? EventSource) === `aws:${source}`;
}

/** Identifiers are the services' own, but an event that was sent by hand may hold any text there. */
function idOf(itemIdentifier: unknown): string {
  if (typeof itemIdentifier === "string") return printable(itemIdentifier, 128);
  const { partition, offset } = itemIdentifier as Fields;
  return printable(`${partition}:${offset}`, 128);
}

/** The event with only these of its records, in the same order; a copy, since others may hold the event. */
export function withRecords(
  event: object,
  source: RecordSource,
  records: readonly EventRecord[],
): object {
  const items = records.map(({ fields }) => fields);
  switch (source) {
    case "eventbridge":
    case "cloudwatch-logs":
      return items[0] ?? event;
    case "firehose":
      return { ...event, records: items };
    case "kafka":
      return { ...event, records: { ...Object.groupBy(items, partitionOf) } };
    default:
      return { ...event, Records: items };
  }
}
