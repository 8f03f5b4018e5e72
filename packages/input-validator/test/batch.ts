/**
 * A function behind the validator that is called with batches, and what becomes of each record.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import middy from "@middy/core";
import { captureSecurityEvents, invoke } from "@middy-hardening/testing";
import { type InputValidatorOptions, inputValidator } from "../src/index.ts";

/** What a trigger gets for a batch. */
export interface Answer {
  readonly response: unknown;
  /** `type: message` of a failed invocation. */
  readonly error: string | undefined;
  /** The event that the handler got; `undefined` when it did not run. */
  readonly event: Readonly<Record<string, unknown>> | undefined;
  /** `name: params (code, disposition)` of each security event. */
  readonly told: readonly string[];
}

/** Sends an event to a handler behind `inputValidator(options)`. */
export async function deliver(
  options: InputValidatorOptions,
  sent: unknown,
  handle: (event: Answer["event"]) => unknown = () => undefined,
): Promise<Answer> {
  using captured = captureSecurityEvents();
  let event: Answer["event"];
  const handler = middy()
    .use(inputValidator(options))
    .handler(async (received: unknown) => {
      event = received as Answer["event"];
      return handle(event);
    });
  const { result, error } = await invoke(handler, sent);
  const told = captured.events.map(
    ({ name, params, description }) =>
      `${name}: ${params.join(" ")}${/ \(.*\)/.exec(description)?.[0]}`,
  );
  const failure = error && `${error.errorType}: ${error.errorMessage}`;
  return { response: result, error: failure, event, told };
}

/** The payloads that the handler got, by the field that has them. */
export function payloads({ event }: Answer, name: string): unknown[] {
  const records = (event?.["Records"] ?? event?.["records"] ?? []) as Record<string, unknown>[];
  return records.map((record) => record[name]);
}

export const failures = (...ids: readonly unknown[]): object => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

const textOf = (payload: unknown): string =>
  typeof payload === "string" ? payload : JSON.stringify(payload);

/** Base64 of a text, of bytes, or of the JSON of anything else. */
export const base64 = (payload: unknown): string =>
  Buffer.from(payload instanceof Uint8Array ? payload : textOf(payload)).toString("base64");

/** A queue's messages, `1` on, with these bodies: texts, or values whose JSON they are. */
export const queue = (...bodies: readonly unknown[]): { Records: Record<string, unknown>[] } => ({
  Records: bodies.map((body, index) => ({
    messageId: String(index + 1),
    body: textOf(body),
    attributes: {},
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders",
  })),
});

/** A shard's records, `1` on. */
export const shard = (...payloads: readonly unknown[]): { Records: object[] } => ({
  Records: payloads.map((payload, index) => ({
    eventSource: "aws:kinesis",
    kinesis: { sequenceNumber: String(index + 1), partitionKey: "p", data: base64(payload) },
  })),
});

/** A table's changes, `1` on, each with the images given. */
export const changes = (...images: readonly unknown[]): { Records: object[] } => ({
  Records: images.map((image, index) => ({
    eventSource: "aws:dynamodb",
    eventName: "INSERT",
    dynamodb: { SequenceNumber: String(index + 1), StreamViewType: "NEW_IMAGE", ...Object(image) },
  })),
});

/** The records of one partition, from offset 1 on; `undefined` is a tombstone. */
export const partition = (...payloads: readonly unknown[]): object => ({
  eventSource: "aws:kafka",
  records: {
    "orders-0": payloads.map((payload, index) => ({
      topic: "orders",
      partition: 0,
      offset: index + 1,
      key: base64("k"),
      ...(payload !== undefined && { value: base64(payload) }),
    })),
  },
});

/** A delivery stream's records, `1` on. */
export const delivery = (...payloads: readonly unknown[]): object => ({
  invocationId: "i",
  deliveryStreamArn: "arn:aws:firehose:eu-west-1:123456789012:deliverystream/orders",
  records: payloads.map((payload, index) => ({
    recordId: String(index + 1),
    data: base64(payload),
  })),
});

export const notification = (message: unknown): object => ({
  Records: [
    { EventSource: "aws:sns", Sns: { MessageId: "1", TopicArn: "arn", Message: textOf(message) } },
  ],
});

export const busEvent = (detail: unknown): object => ({
  id: "1",
  version: "0",
  source: "shop",
  "detail-type": "Order",
  detail,
});

export const objectCreated = (key: unknown): object => ({
  Records: [
    {
      eventSource: "aws:s3",
      eventName: "ObjectCreated:Put",
      responseElements: { "x-amz-request-id": "1" },
      s3: { bucket: { name: "uploads" }, object: { key, size: 1 } },
    },
  ],
});

export const logs = (content: unknown): object => ({
  awslogs: {
    data: gzipSync(content instanceof Uint8Array ? content : textOf(content)).toString("base64"),
  },
});

export const mail = (ses: object): object => ({
  Records: [{ eventSource: "aws:ses", eventVersion: "1.0", ses }],
});
