/**
 * The types of records whose payload is decoded and validated.
 *
 * @module
 */
import type {
  DynamoDBRecord,
  FirehoseTransformationEventRecord,
  KinesisStreamRecord,
  MSKRecord,
  S3EventRecord,
  SESEventRecord,
  SNSEventRecord,
  SQSRecord,
  StreamRecord,
} from "aws-lambda";

type Replace<Owner, Name extends keyof Owner, Value> = Omit<Owner, Name> & {
  [Key in Name]: Value;
};

/** For each source the properties of its event that lead to payloads, with those of type `Payload`. */
export interface RecordParts<Payload> {
  "cloudwatch-logs": { awslogs: { data: Payload } };
  dynamodb: {
    Records: Replace<
      DynamoDBRecord,
      "dynamodb",
      Omit<StreamRecord, "Keys" | "NewImage" | "OldImage"> & Payload
    >[];
  };
  eventbridge: { detail: Payload };
  firehose: { records: Replace<FirehoseTransformationEventRecord, "data", Payload>[] };
  kafka: { records: { [topicPartition: string]: Replace<MSKRecord, "value", Payload>[] } };
  kinesis: {
    Records: Replace<
      KinesisStreamRecord,
      "kinesis",
      Replace<KinesisStreamRecord["kinesis"], "data", Payload>
    >[];
  };
  s3: { Records: Replace<S3EventRecord, "s3", Payload>[] };
  ses: { Records: Replace<SESEventRecord, "ses", Payload>[] };
  sns: {
    Records: Replace<SNSEventRecord, "Sns", Replace<SNSEventRecord["Sns"], "Message", Payload>>[];
  };
  sqs: { Records: Replace<SQSRecord, "body", Payload>[] };
}

/** An event with payloads of type `Payload`. Distributes over a union of events. */
export type WithRecords<
  Event,
  Source extends keyof RecordParts<unknown>,
  Payload,
> = Event extends unknown
  ? Omit<Event, keyof RecordParts<Payload>[Source]> & RecordParts<Payload>[Source]
  : never;
