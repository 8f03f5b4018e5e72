/**
 * One event of each trigger, with the marks by which it is told and one order in it where it
 * carries records.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import type { EventSource } from "@middy-hardening/core";
import { type HttpKind, httpEvent } from "@middy-hardening/testing";

export const ORDER = { sku: "A-1", quantity: 2 };
const ORDER_TEXT = JSON.stringify(ORDER);
const ORDER_BASE64 = Buffer.from(ORDER_TEXT).toString("base64");

const http = (kind: HttpKind): object =>
  httpEvent(kind, { method: "POST", path: "/orders", body: ORDER });

const records = (...items: readonly object[]): object => ({ Records: items });

/** A record of the queue, by its message id. */
export const message = (messageId: string, body: string = ORDER_TEXT): object => ({
  messageId,
  receiptHandle: "AQEB",
  body,
  attributes: { ApproximateReceiveCount: "1", SentTimestamp: "1767225600000" },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders",
  awsRegion: "eu-west-1",
});

const kinesis = (sequenceNumber: string): object => ({
  kinesis: {
    kinesisSchemaVersion: "1.0",
    partitionKey: "customer-1",
    sequenceNumber,
    data: ORDER_BASE64,
    approximateArrivalTimestamp: 1_767_225_600,
  },
  eventSource: "aws:kinesis",
  eventID: `shardId-000000000000:${sequenceNumber}`,
  eventSourceARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
});

const dynamodb = (SequenceNumber: string): object => ({
  eventID: SequenceNumber,
  eventName: "INSERT",
  eventSource: "aws:dynamodb",
  eventSourceARN: "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026",
  dynamodb: {
    Keys: { sku: { S: ORDER.sku } },
    NewImage: { sku: { S: ORDER.sku }, quantity: { N: String(ORDER.quantity) } },
    SequenceNumber,
    StreamViewType: "NEW_IMAGE",
  },
});

export const TRIGGER_EVENTS: Readonly<Record<EventSource, unknown>> = {
  alb: http("alb"),
  "api-gateway-http": http("api-gateway-http"),
  "api-gateway-rest": http("api-gateway-rest"),
  "function-url": http("function-url"),
  "api-gateway-websocket": {
    requestContext: {
      routeKey: "$default",
      eventType: "MESSAGE",
      connectionId: "AbCdEf=",
      apiId: "api",
      stage: "prod",
      domainName: "api.execute-api.eu-west-1.amazonaws.com",
    },
    body: ORDER_TEXT,
    isBase64Encoded: false,
  },
  "vpc-lattice": {
    version: "2.0",
    path: "/orders",
    method: "POST",
    headers: { "content-type": ["application/json"] },
    body: ORDER_TEXT,
    requestContext: { serviceNetworkArn: "arn:aws:vpc-lattice:x", region: "eu-west-1" },
  },
  appsync: {
    arguments: ORDER,
    source: null,
    identity: null,
    info: { fieldName: "placeOrder", parentTypeName: "Mutation", variables: {} },
    request: { headers: {} },
  },
  authorizer: {
    type: "TOKEN",
    authorizationToken: "token",
    methodArn: "arn:aws:execute-api:eu-west-1:123456789012:api/prod/GET/orders",
  },
  cloudformation: {
    RequestType: "Create",
    ResponseURL: "https://example.com/not-of-cloudformation",
    StackId: "arn:aws:cloudformation:eu-west-1:123456789012:stack/orders/1",
    RequestId: "1",
    LogicalResourceId: "Seed",
    ResourceType: "Custom::Seed",
    ResourceProperties: {},
  },
  "cloudwatch-logs": {
    awslogs: {
      data: gzipSync(
        JSON.stringify({
          messageType: "DATA_MESSAGE",
          owner: "123456789012",
          logGroup: "/aws/lambda/orders",
          logStream: "1",
          subscriptionFilters: ["all"],
          logEvents: [{ id: "1", timestamp: 1_767_225_600_000, message: "order" }],
        }),
      ).toString("base64"),
    },
  },
  cognito: {
    version: "1",
    region: "eu-west-1",
    userPoolId: "eu-west-1_pool",
    userName: "ada",
    triggerSource: "PreSignUp_SignUp",
    callerContext: { awsSdkVersion: "3", clientId: "client" },
    request: { userAttributes: {} },
    response: {},
  },
  direct: { orderId: "1" },
  dynamodb: records(dynamodb("100"), dynamodb("200")),
  eventbridge: {
    version: "0",
    id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "OrderPlaced",
    source: "shop",
    account: "123456789012",
    time: "2026-01-01T00:00:00Z",
    region: "eu-west-1",
    resources: [],
    detail: ORDER,
  },
  firehose: {
    invocationId: "1",
    deliveryStreamArn: "arn:aws:firehose:eu-west-1:123456789012:deliverystream/orders",
    region: "eu-west-1",
    records: [
      { recordId: "r1", approximateArrivalTimestamp: 1_767_225_600_000, data: ORDER_BASE64 },
      { recordId: "r2", approximateArrivalTimestamp: 1_767_225_600_000, data: ORDER_BASE64 },
    ],
  },
  kafka: {
    eventSource: "aws:kafka",
    eventSourceArn: "arn:aws:kafka:eu-west-1:123456789012:cluster/orders/1",
    bootstrapServers: "b-1:9092",
    records: {
      "orders-0": [
        {
          topic: "orders",
          partition: 0,
          offset: 15,
          timestamp: 1_767_225_600_000,
          timestampType: "CREATE_TIME",
          value: ORDER_BASE64,
          headers: [],
        },
      ],
    },
  },
  kinesis: records(kinesis("4951"), kinesis("4952")),
  s3: records({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: "eu-west-1",
    eventName: "ObjectCreated:Put",
    responseElements: { "x-amz-request-id": "C3D13FE58DE4C810" },
    s3: {
      s3SchemaVersion: "1.0",
      bucket: { name: "orders", arn: "arn:aws:s3:::orders" },
      object: { key: "orders/a+b.json", size: 10, eTag: "d41d8cd98f00b204e9800998ecf8427e" },
    },
  }),
  ses: records({
    eventSource: "aws:ses",
    eventVersion: "1.0",
    ses: { mail: { messageId: "mail-1", headers: [] }, receipt: { recipients: [] } },
  }),
  sns: records({
    EventSource: "aws:sns",
    EventVersion: "1.0",
    EventSubscriptionArn: "arn:aws:sns:eu-west-1:123456789012:orders:1",
    Sns: { Type: "Notification", MessageId: "notification-1", Message: ORDER_TEXT },
  }),
  sqs: records(message("m1"), message("m2")),
};

/** Deeper than any honest event, and than `payloadGuard` lets pass. */
const DEEP = "[".repeat(100) + "]".repeat(100);
const DEEP_BASE64 = Buffer.from(DEEP).toString("base64");

/** The event of a trigger with something too deep in its last record, or anywhere if it has none. */
export function deepEvent(source: EventSource): unknown {
  const event = structuredClone(TRIGGER_EVENTS[source]) as DeepEvent;
  const record = event.Records?.at(-1);
  if (record?.body !== undefined) record.body = DEEP;
  else if (record?.kinesis !== undefined) record.kinesis.data = DEEP_BASE64;
  else if (record?.Sns !== undefined) record.Sns.Message = DEEP;
  else if (record !== undefined) {
    const payload = (record.dynamodb ?? record.s3 ?? record.ses) as Record<string, unknown>;
    payload.extra = JSON.parse(DEEP);
  } else if (source === "firehose") {
    const last = (event.records as { data: string }[]).at(-1);
    if (last !== undefined) last.data = DEEP_BASE64;
  } else if (source === "kafka") {
    const last = (event.records as Record<string, { value: string }[]>)["orders-0"]?.at(-1);
    if (last !== undefined) last.value = DEEP_BASE64;
  } else if (event.awslogs !== undefined) {
    event.awslogs.data = gzipSync(DEEP).toString("base64");
  } else event.extra = JSON.parse(DEEP);
  return event;
}

interface DeepEvent {
  readonly Records?: readonly {
    body?: string;
    readonly kinesis?: { data: string };
    readonly Sns?: { Message: string };
    readonly dynamodb?: object;
    readonly s3?: object;
    readonly ses?: object;
  }[];
  readonly records?: unknown;
  readonly awslogs?: { data: string };
  extra?: unknown;
}
