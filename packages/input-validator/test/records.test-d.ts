import middy from "@middy/core";
import type {
  APIGatewayProxyEventV2,
  CloudWatchLogsEvent,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  EventBridgeEvent,
  FirehoseTransformationEvent,
  FirehoseTransformationEventRecord,
  KinesisStreamEvent,
  KinesisStreamRecord,
  KinesisStreamRecordPayload,
  MSKRecord,
  S3Event,
  S3EventRecord,
  SESEvent,
  SESEventRecord,
  SNSEvent,
  SNSEventRecord,
  SNSMessage,
  SQSEvent,
  SQSRecord,
} from "aws-lambda";
import { expectTypeOf } from "vitest";
import * as z from "zod";
import { inputValidator, type ValidatedEvent } from "../src/index.ts";

interface Order {
  sku: string;
  quantity: number;
}

const record = z.object({ sku: z.string(), quantity: z.int() });
type Records<Source> = ValidatedEvent<{ eventSource: Source; record: typeof record }>;

// The payload of each record is what the schema returns; all else of the event stays.
middy()
  .use(inputValidator({ eventSource: "sqs", record }))
  .handler(async (event) => {
    for (const { body, messageId, messageAttributes } of event.Records) {
      expectTypeOf(body).toEqualTypeOf<Order>();
      expectTypeOf(messageId).toEqualTypeOf<string>();
      expectTypeOf(messageAttributes).toEqualTypeOf<SQSRecord["messageAttributes"]>();
    }
  });

// A queue is what is meant when nothing else is said.
middy()
  .use(inputValidator({ record, envelope: "sns", onInvalidRecord: "drop" }))
  .handler(async (event) =>
    expectTypeOf(event).toEqualTypeOf<
      Omit<SQSEvent, "Records"> & { Records: (Omit<SQSRecord, "body"> & { body: Order })[] }
    >(),
  );

expectTypeOf<Records<"sns">>().toEqualTypeOf<
  Omit<SNSEvent, "Records"> & {
    Records: (Omit<SNSEventRecord, "Sns"> & {
      Sns: Omit<SNSMessage, "Message"> & { Message: Order };
    })[];
  }
>();
expectTypeOf<Records<"kinesis">>().toEqualTypeOf<
  Omit<KinesisStreamEvent, "Records"> & {
    Records: (Omit<KinesisStreamRecord, "kinesis"> & {
      kinesis: Omit<KinesisStreamRecordPayload, "data"> & { data: Order };
    })[];
  }
>();
expectTypeOf<Records<"firehose">>().toEqualTypeOf<
  Omit<FirehoseTransformationEvent, "records"> & {
    records: (Omit<FirehoseTransformationEventRecord, "data"> & { data: Order })[];
  }
>();
expectTypeOf<Records<"eventbridge">>().toEqualTypeOf<
  Omit<EventBridgeEvent<string, unknown>, "detail"> & { detail: Order }
>();
expectTypeOf<Records<"cloudwatch-logs">>().toEqualTypeOf<
  Omit<CloudWatchLogsEvent, "awslogs"> & { awslogs: { data: Order } }
>();
expectTypeOf<Records<"s3">>().toEqualTypeOf<
  Omit<S3Event, "Records"> & { Records: (Omit<S3EventRecord, "s3"> & { s3: Order })[] }
>();
expectTypeOf<Records<"ses">>().toEqualTypeOf<
  Omit<SESEvent, "Records"> & { Records: (Omit<SESEventRecord, "ses"> & { ses: Order })[] }
>();

middy()
  .use(inputValidator({ eventSource: "kafka", record: record.nullable() }))
  .handler(async (event) => {
    expectTypeOf(event.eventSource).toEqualTypeOf<"SelfManagedKafka" | "aws:kafka">();
    for (const { value, key, offset } of Object.values(event.records).flat()) {
      expectTypeOf(value).toEqualTypeOf<Order | null>();
      expectTypeOf(key).toEqualTypeOf<MSKRecord["key"]>();
      expectTypeOf(offset).toEqualTypeOf<number>();
    }
  });

// The images of a stream record are plain values; what identifies it stays.
middy()
  .use(inputValidator({ eventSource: "dynamodb", record: z.object({ NewImage: record }) }))
  .handler(async (event) => {
    expectTypeOf(event).toExtend<Omit<DynamoDBStreamEvent, "Records">>();
    for (const { dynamodb, eventName } of event.Records) {
      expectTypeOf(dynamodb.NewImage).toEqualTypeOf<Order>();
      expectTypeOf(dynamodb.SequenceNumber).toEqualTypeOf<string | undefined>();
      expectTypeOf(eventName).toEqualTypeOf<DynamoDBRecord["eventName"]>();
      // @ts-expect-error: the schema does not return it
      dynamodb.OldImage;
    }
  });

// Without a schema for its records, an event is that of its source.
expectTypeOf<ValidatedEvent<{ eventSource: "sqs" }>>().toEqualTypeOf<SQSEvent>();
expectTypeOf<
  ValidatedEvent<{ eventSource: "sqs"; record?: undefined }>
>().toEqualTypeOf<SQSEvent>();

// A function that serves both HTTP and a queue has to tell them apart.
middy()
  .use(inputValidator({ body: z.object({ id: z.string() }), record }))
  .handler(async (event) => {
    if ("Records" in event) expectTypeOf(event.Records[0]?.body).toEqualTypeOf<Order | undefined>();
    else {
      expectTypeOf(event.body).toEqualTypeOf<{ id: string }>();
      expectTypeOf(event.rawPath).toEqualTypeOf<APIGatewayProxyEventV2["rawPath"]>();
    }
  });

// Several triggers.
type Either = ValidatedEvent<{ eventSource: "sqs" | "eventbridge"; record: typeof record }>;
expectTypeOf<Extract<Either, { detail: unknown }>["detail"]>().toEqualTypeOf<Order>();

// The whole event, with its records in place.
middy()
  .use(
    inputValidator({
      eventSource: "sqs",
      event: z.object({ Records: z.array(z.unknown()).max(10), tenant: z.string() }),
      record,
    }),
  )
  .handler(async (event) => {
    expectTypeOf(event.tenant).toEqualTypeOf<string>();
    expectTypeOf(event.Records[0]?.body).toEqualTypeOf<Order | undefined>();
  });

// @ts-expect-error: no such disposition
inputValidator({ record, onInvalidRecord: "ignore" });
// @ts-expect-error: no such trigger
inputValidator({ record, eventSource: "cognito" });
