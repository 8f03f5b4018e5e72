import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import type {
  APIGatewayProxyEventV2,
  Context,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  EventBridgeEvent,
  KinesisStreamBatchResponse,
  KinesisStreamEvent,
  MSKEvent,
  MSKRecord,
  SNSEventRecord,
  SQSBatchResponse,
  SQSEvent,
  SQSHandler,
  SQSRecord,
} from "aws-lambda";
import { describe, expectTypeOf, it } from "vitest";
import { type Deadline, forEachRecord, timeoutGuard, withDeadline } from "../src/index.ts";

declare const context: Context;

describe("timeoutGuard", () => {
  it("adds the deadline to the context, and nothing to the event", () => {
    const deadline = timeoutGuard();
    middy<APIGatewayProxyEventV2>(deadline.plugin)
      .use(deadline)
      .handler(async (event, context) => {
        expectTypeOf(event).toEqualTypeOf<APIGatewayProxyEventV2>();
        expectTypeOf(context.deadline).toEqualTypeOf<Deadline>();
        expectTypeOf(context.awsRequestId).toBeString();
        expectTypeOf(context.deadline.signal).toEqualTypeOf<AbortSignal>();
        return {};
      });
    middy({ ...deadline.pluginFor(executionModeStreamifyResponse), requestStart: () => {} });
    middy(async () => ({}), deadline.plugin);
  });

  it("takes no other options", () => {
    // @ts-expect-error -- misspelt
    timeoutGuard({ reserve: 500 });
    // @ts-expect-error -- not a status of a deadline
    timeoutGuard({ statusCode: 500 });
  });
});

describe("withDeadline", () => {
  it("keeps the type of a middleware", () => {
    const deadline = timeoutGuard();
    expectTypeOf(withDeadline(deadline, 100)).toEqualTypeOf(deadline);
    middy<SQSEvent>()
      .use(withDeadline(deadline))
      .handler((event, { deadline }) => [event.Records, deadline.remainingMs()]);
    // @ts-expect-error -- a time is a number
    withDeadline(deadline, "100");
  });
});

describe("forEachRecord", () => {
  it("types each record and the answer by the event", () => {
    const sqs = forEachRecord({} as SQSEvent, context, (record, { signal }) => {
      expectTypeOf(record).toEqualTypeOf<SQSRecord>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    });
    expectTypeOf(sqs).resolves.toExtend<SQSBatchResponse>();
    const kinesis = forEachRecord({} as KinesisStreamEvent, context, (record) => {
      expectTypeOf(record.kinesis.data).toBeString();
    });
    expectTypeOf(kinesis).resolves.toExtend<KinesisStreamBatchResponse>();
    forEachRecord({} as DynamoDBStreamEvent, context, (record) => {
      expectTypeOf(record).toEqualTypeOf<DynamoDBRecord>();
    });
    forEachRecord({} as { Records: SNSEventRecord[] }, context, ({ Sns }) => Sns.Message);
    const kafka = forEachRecord({} as MSKEvent, context, (record) => {
      expectTypeOf(record).toEqualTypeOf<MSKRecord>();
    });
    expectTypeOf(kafka).resolves.toEqualTypeOf<{
      batchItemFailures: { itemIdentifier: { partition: string; offset: number } }[];
    }>();
    type Placed = EventBridgeEvent<"Placed", { readonly sku: string }>;
    forEachRecord({} as Placed, context, (record) => {
      expectTypeOf(record.detail.sku).toBeString();
    });
  });

  it("takes records whose payload a middleware has typed", () => {
    interface Order {
      readonly sku: string;
    }
    interface Validated extends Omit<SQSEvent, "Records"> {
      readonly Records: readonly (Omit<SQSRecord, "body"> & { readonly body: Order })[];
    }
    forEachRecord({} as Validated, context, ({ body }) => body.sku, {
      parallel: 2,
      onRecordError: (error, { messageId, body }) => {
        expectTypeOf(error).toBeUnknown();
        expectTypeOf(messageId).toBeString();
        expectTypeOf(body).toEqualTypeOf<Order>();
      },
    });
  });

  it("is a handler as AWS types it", () => {
    const handler: SQSHandler = (event, context) => forEachRecord(event, context, () => {});
    expectTypeOf(handler).toBeFunction();
    // @ts-expect-error -- misspelt
    forEachRecord({} as SQSEvent, context, () => {}, { paralel: 2 });
  });
});
