/** Batches as the services send them, with what this package reads of them. */
import type { SQSEvent, SQSRecord } from "aws-lambda";

function sqsRecord(body: string, index: number, queue: string, group?: string): SQSRecord {
  return {
    messageId: `m${index}`,
    receiptHandle: "handle",
    body,
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "0",
      SenderId: "sender",
      ApproximateFirstReceiveTimestamp: "0",
      ...(group === undefined ? {} : { MessageGroupId: group }),
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:eu-west-1:123456789012:${queue}`,
    awsRegion: "eu-west-1",
  };
}

/** Messages m0, m1, ... with these bodies. */
export const sqsEvent = (...bodies: readonly string[]): SQSEvent => ({
  Records: bodies.map((body, index) => sqsRecord(body, index, "orders")),
});

/** Messages whose group is the first character of the body. */
export const fifoEvent = (...bodies: readonly string[]): SQSEvent => ({
  Records: bodies.map((body, index) => sqsRecord(body, index, "orders.fifo", body.charAt(0))),
});

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** Records 0, 1, ... with the sequence numbers 100, 101, ... */
export const kinesisEvent = (length: number) => ({
  Records: range(length).map((index) => ({
    eventSource: "aws:kinesis",
    eventID: String(index),
    kinesis: { sequenceNumber: String(100 + index), partitionKey: `key-${index}`, data: "e30=" },
  })),
});

export const dynamodbEvent = (length: number) => ({
  Records: range(length).map((index) => ({
    eventSource: "aws:dynamodb",
    eventID: String(index),
    dynamodb: { SequenceNumber: String(100 + index), Keys: {} },
  })),
});

/** Two partitions of a topic, with so many records each. */
export const kafkaEvent = (length: number) => ({
  eventSource: "aws:kafka",
  records: Object.fromEntries(
    range(2).map((partition) => [
      `orders-${partition}`,
      range(length).map((offset) => ({
        topic: "orders",
        partition,
        offset,
        value: `orders-${partition}:${offset}`,
      })),
    ]),
  ),
});

export const oneRecordEvents = {
  sns: { Records: [{ EventSource: "aws:sns", Sns: { MessageId: "m", Message: "{}" } }] },
  s3: { Records: [{ eventSource: "aws:s3", s3: {} }] },
  ses: { Records: [{ eventSource: "aws:ses", ses: { mail: { messageId: "m" } } }] },
  eventbridge: { id: "e", "detail-type": "Placed", source: "orders", detail: {} },
  "cloudwatch-logs": { awslogs: { data: "" } },
};
