/**
 * SQS, Kinesis and DynamoDB events as Lambda's event source mappings write them.
 *
 * @module
 * @see "Using Lambda with Amazon SQS", "Using Lambda with Amazon Kinesis Data Streams" and
 *   "Using Lambda with DynamoDB Streams" in the AWS documentation.
 */
import { createHash, randomUUID } from "node:crypto";
import type { DynamoDBStreamEvent, KinesisStreamEvent, SQSEvent } from "aws-lambda";
import { attributesOf } from "./attribute-values.ts";

const REGION = "eu-west-1";
const ACCOUNT = "123456789012";

/** What a record carries: text as it is, an object as JSON. */
export type RecordContent = string | object;

const textOf = (content: RecordContent): string =>
  typeof content === "string" ? content : JSON.stringify(content);

/** A message of a queue. */
export interface SqsMessage {
  readonly body: RecordContent;
  /** Default: a random one. */
  readonly messageId?: string;
  readonly messageGroupId?: string;
  /** How often the message was received, this time included. Default: 1. */
  readonly receiveCount?: number;
  /** Milliseconds since 1970. Default: now. */
  readonly sentAt?: number;
  /** Position in a FIFO queue. Default: the position in the event. */
  readonly sequenceNumber?: string;
}

/**
 * The event of a batch of messages; a queue whose name ends in `.fifo` is a FIFO queue.
 *
 * ```ts
 * const event = sqsEvent([{ body: { sku: "A-1" } }, { body: "{" }]);
 * ```
 */
export function sqsEvent(messages: readonly SqsMessage[], queueName = "orders"): SQSEvent {
  const isFifo = queueName.endsWith(".fifo");
  return {
    Records: messages.map((message, index) => {
      const body = textOf(message.body);
      const md5OfBody = createHash("md5").update(body).digest("hex");
      const sentAt = message.sentAt ?? Date.now();
      const { messageId = randomUUID(), messageGroupId, receiveCount = 1 } = message;
      const group = messageGroupId ?? (isFifo ? "default" : undefined);
      return {
        messageId,
        receiptHandle: Buffer.from(`${messageId}:${receiveCount}`).toString("base64"),
        body,
        attributes: {
          ApproximateReceiveCount: String(receiveCount),
          SentTimestamp: String(sentAt),
          SenderId: "AIDAIENQZJOLO23YVJ4VO",
          ApproximateFirstReceiveTimestamp: String(sentAt + 2),
          ...(group === undefined ? {} : { MessageGroupId: group }),
          ...(isFifo
            ? {
                SequenceNumber: message.sequenceNumber ?? fifoSequenceNumber(index),
                MessageDeduplicationId: md5OfBody,
              }
            : {}),
        },
        messageAttributes: {},
        md5OfBody,
        eventSource: "aws:sqs",
        eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:${queueName}`,
        awsRegion: REGION,
      };
    }),
  };
}

/** The sequence number that a FIFO queue gives to its message at an index. */
export const fifoSequenceNumber = (index: number): string =>
  String(18_849_496_460_467_696_128n + BigInt(index) * 256n);

/** A record of a Kinesis stream. */
export interface KinesisRecord {
  /** Bytes as they are, text as UTF-8, an object as JSON. */
  readonly data: RecordContent | Uint8Array;
  /** Default: `orders`. */
  readonly partitionKey?: string;
  /** Default: by the position in the event. */
  readonly sequenceNumber?: string;
  /** Milliseconds since 1970. Default: now. */
  readonly arrivedAt?: number;
}

/** The event of a batch of records of one shard. */
export function kinesisEvent(records: readonly KinesisRecord[], shard = 0): KinesisStreamEvent {
  const shardId = `shardId-${String(shard).padStart(12, "0")}`;
  return {
    Records: records.map(({ data, partitionKey = "orders", sequenceNumber, arrivedAt }, index) => {
      const number = sequenceNumber ?? kinesisSequenceNumber(index);
      const bytes = Buffer.from(data instanceof Uint8Array ? data : textOf(data));
      return {
        kinesis: {
          kinesisSchemaVersion: "1.0",
          partitionKey,
          sequenceNumber: number,
          data: bytes.toString("base64"),
          approximateArrivalTimestamp: (arrivedAt ?? Date.now()) / 1000,
        },
        eventSource: "aws:kinesis",
        eventVersion: "1.0",
        eventID: `${shardId}:${number}`,
        eventName: "aws:kinesis:record",
        invokeIdentityArn: `arn:aws:iam::${ACCOUNT}:role/orders`,
        awsRegion: REGION,
        eventSourceARN: `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/orders`,
      };
    }),
  };
}

/** The sequence number that a Kinesis stream gives to its record at an index. */
export const kinesisSequenceNumber = (index: number): string =>
  String(
    49_657_828_409_187_701_520_019_995_242_508_390_119_953_358_325_192_589_314n +
      BigInt(index) * 1_208_925_819_614_629_174_706_177n,
  );

/** A change of an item, its images as plain values. */
export interface DynamodbChange {
  readonly keys: Readonly<Record<string, unknown>>;
  readonly newImage?: Readonly<Record<string, unknown>>;
  readonly oldImage?: Readonly<Record<string, unknown>>;
  /** Default: by the position in the event. */
  readonly sequenceNumber?: string;
  /** Milliseconds since 1970. Default: now. */
  readonly changedAt?: number;
}

/** The event of a batch of changes, their images as attribute values (`{ S: "A-1" }`). */
export function dynamodbEvent(changes: readonly DynamodbChange[]): DynamoDBStreamEvent {
  return {
    Records: changes.map(({ keys, newImage, oldImage, sequenceNumber, changedAt }, index) => {
      const images = {
        Keys: attributesOf(keys),
        ...(newImage === undefined ? {} : { NewImage: attributesOf({ ...keys, ...newImage }) }),
        ...(oldImage === undefined ? {} : { OldImage: attributesOf({ ...keys, ...oldImage }) }),
      };
      return {
        eventID: createHash("md5").update(String(index)).digest("hex"),
        eventName: eventNameOf(newImage, oldImage),
        eventVersion: "1.1",
        eventSource: "aws:dynamodb",
        awsRegion: REGION,
        dynamodb: {
          ApproximateCreationDateTime: Math.floor((changedAt ?? Date.now()) / 1000),
          ...images,
          SequenceNumber: sequenceNumber ?? dynamodbSequenceNumber(index),
          SizeBytes: Buffer.byteLength(JSON.stringify(images)),
          StreamViewType: "NEW_AND_OLD_IMAGES",
        },
        eventSourceARN: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/orders/stream/2026-01-01T00:00:00.000`,
      };
    }),
  };
}

/**
 * The sequence number that a DynamoDB stream gives to its record at an index; not all are of one
 * length, so that comparing them as text goes wrong.
 */
export const dynamodbSequenceNumber = (index: number): string =>
  String(999_999_700_000_000_000_000n + BigInt(index) * 100_000_000_000_000n);

function eventNameOf(newImage: object | undefined, oldImage: object | undefined) {
  if (oldImage === undefined) return "INSERT";
  return newImage === undefined ? "REMOVE" : "MODIFY";
}
