/**
 * The types that a handler gets after validation, derived from the options.
 *
 * @module
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  CloudWatchLogsEvent,
  Context,
  DynamoDBStreamEvent,
  EventBridgeEvent,
  FirehoseTransformationEvent,
  KinesisStreamEvent,
  LambdaFunctionURLEvent,
  MSKEvent,
  S3Event,
  SESEvent,
  SelfManagedKafkaEvent,
  SNSEvent,
  SQSEvent,
} from "aws-lambda";
import type { RecordParts, WithRecords } from "./record-types.ts";

/** The event type of each source. */
interface SourceEvents {
  "api-gateway-rest": APIGatewayProxyEvent;
  "api-gateway-http": APIGatewayProxyEventV2;
  "function-url": LambdaFunctionURLEvent;
  alb: ALBEvent;
  "cloudwatch-logs": CloudWatchLogsEvent;
  dynamodb: DynamoDBStreamEvent;
  eventbridge: EventBridgeEvent<string, unknown>;
  firehose: FirehoseTransformationEvent;
  kafka: MSKEvent | SelfManagedKafkaEvent;
  kinesis: KinesisStreamEvent;
  s3: S3Event;
  ses: SESEvent;
  sns: SNSEvent;
  sqs: SQSEvent;
}

/** What an option holds: `undefined` when its key is absent, among others when it may be undefined. */
type OptionOf<Options, Name extends string> = Name extends keyof Options
  ? Options[Name]
  : undefined;

/** What a schema returns, or `Otherwise` where there is none. Distributes over `Schema | undefined`. */
type OutputOf<Schema, Otherwise> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : Otherwise;

/** The property of an event that the output of an option replaces. */
interface PartProperties {
  body: "body";
  query: "queryStringParameters";
  path: "pathParameters";
  headers: "headers";
}

/** Those of the named options that are given. */
type Given<Options, Names extends string> = {
  [Name in Names]: [OptionOf<Options, Name>] extends [undefined] ? never : Name;
}[Names];

type GivenPart<Options> = Given<Options, keyof PartProperties>;

type PropertyOf<Event, Name> = Name extends keyof Event ? Event[Name] : unknown;

/** Distributes over a union of events, which `Omit` alone would merge. */
type WithParts<Event, Options, Part extends keyof PartProperties> = Event extends unknown
  ? Omit<Event, PartProperties[Part]> & {
      [Name in Part as PartProperties[Name]]: OutputOf<
        OptionOf<Options, Name>,
        PropertyOf<Event, PartProperties[Name]>
      >;
    }
  : never;

/** The source that is meant where none is named: an HTTP API, a queue, or for both kinds of schemas either. */
type MeantSource<Options> = [Given<Options, "record">] extends [never]
  ? "api-gateway-http"
  : "sqs" | ([GivenPart<Options>] extends [never] ? never : "api-gateway-http");

type SourceOf<Source, Otherwise> = Source extends keyof SourceEvents ? Source : Otherwise;

/** What the `event` schema returns, or else the source's event, with the output of the other schemas in it. */
type EventOf<Source, Options> = Source extends keyof RecordParts<unknown>
  ? [Given<Options, "record">] extends [never]
    ? BaseEvent<Source, Options>
    : WithRecords<
        BaseEvent<Source, Options>,
        Source,
        OutputOf<OptionOf<Options, "record">, unknown>
      >
  : [GivenPart<Options>] extends [never]
    ? BaseEvent<Source, Options>
    : WithParts<BaseEvent<Source, Options>, Options, GivenPart<Options>>;

type BaseEvent<Source, Options> = OutputOf<
  OptionOf<Options, "event">,
  SourceEvents[Extract<Source, keyof SourceEvents>]
>;

/**
 * The event that the handler gets: the type of `eventSource` (without one that of an HTTP API, or
 * of a queue where `record` is given), or what the `event` schema returns, with the output of each
 * given part or record in its place. When none of these is given the event stays as its author
 * typed it.
 */
export type ValidatedEvent<Options> = [
  Given<Options, "event" | "eventSource" | "record" | keyof PartProperties>,
] extends [never]
  ? unknown
  : EventOf<SourceOf<OptionOf<Options, "eventSource">, MeantSource<Options>>, Options>;

/** The context that the handler gets: Lambda's, with the fields that the `context` schema returns. */
export type ValidatedContext<Options> = Context & OutputOf<OptionOf<Options, "context">, unknown>;
