import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type EventSource, eventSourceOf, isHttpSource, readsStatus } from "../src/index.ts";

const samplesFolder = fileURLToPath(new URL("../../../../shared/events/", import.meta.url));
const hasSamples = existsSync(samplesFolder);

/** Every sample, with the trigger it came from. */
const SAMPLES: Readonly<Record<string, EventSource>> = {
  "alb/base.json": "alb",
  "alb/multi-fields.json": "alb",
  "apigw-http/authorizer-request.json": "authorizer",
  "apigw-http/iam-auth.json": "api-gateway-http",
  // Invalid as payload format 2.0, but a whole event of format 1.0.
  "apigw-http/invalid.json": "api-gateway-rest",
  "apigw-http/jwt-authorizer-auth.json": "api-gateway-http",
  "apigw-http/lambda-authorizer-auth.json": "api-gateway-http",
  "apigw-http/no-auth.json": "api-gateway-http",
  "apigw-rest/authorizer-request.json": "authorizer",
  "apigw-rest/authorizer-token.json": "authorizer",
  "apigw-rest/console-test-ui.json": "api-gateway-rest",
  "apigw-rest/iam-auth.json": "api-gateway-rest",
  // Invalid by its missing stage alone.
  "apigw-rest/invalid.json": "api-gateway-rest",
  "apigw-rest/jwt-authorizer-auth.json": "api-gateway-rest",
  "apigw-rest/lambda-authorizer-auth.json": "api-gateway-rest",
  "apigw-rest/no-auth.json": "api-gateway-rest",
  "apigw-rest/websocket.json": "api-gateway-websocket",
  // The event of a REQUEST authorizer for `$connect`.
  "apigw-websocket/connectEvent.json": "authorizer",
  "appsync-events/base.json": "appsync",
  "appsync/resolver.json": "appsync",
  "cloudformation/custom-resource-create.json": "cloudformation",
  "cloudformation/custom-resource-delete.json": "cloudformation",
  "cloudformation/custom-resource-update.json": "cloudformation",
  "cloudwatch/base.json": "cloudwatch-logs",
  "cognito/base.json": "cognito",
  "connect-outbound-campaigns/base.json": "direct",
  "dynamodb/base.json": "dynamodb",
  "eventbridge/base.json": "eventbridge",
  "kafka/base.json": "kafka",
  "kinesis/dynamodb-stream.json": "kinesis",
  "kinesis/firehose-put.json": "firehose",
  "kinesis/firehose-sqs-invalid.json": "firehose",
  "kinesis/firehose-sqs.json": "firehose",
  "kinesis/firehose.json": "firehose",
  "kinesis/stream-cloudwatch-logs.json": "kinesis",
  "kinesis/stream.json": "kinesis",
  "lambda/base.json": "function-url",
  "lambda/get-request.json": "function-url",
  "lambda/iam-auth.json": "function-url",
  // Invalid by its missing path.
  "lambda/invalid.json": "direct",
  "s3/base.json": "s3",
  "s3/decoded-key.json": "s3",
  "s3/delete-object.json": "s3",
  "s3/eventbridge-object-created.json": "eventbridge",
  "s3/eventbridge-object-deleted.json": "eventbridge",
  "s3/eventbridge-object-expired.json": "eventbridge",
  "s3/eventbridge-object-restored.json": "eventbridge",
  "s3/glacier.json": "s3",
  // S3 Object Lambda.
  "s3/object-iam-user.json": "direct",
  "s3/object-temp-credentials.json": "direct",
  "s3/s3-lifecycle-event.json": "s3",
  "s3/sqs-event.json": "sqs",
  "ses/base.json": "ses",
  "sns/base.json": "sns",
  "sqs/base.json": "sqs",
  "sqs/sns-body.json": "sqs",
  "transfer-family/base.json": "direct",
  "vpc-lattice-v2/base.json": "vpc-lattice",
  "vpc-lattice/base.json": "vpc-lattice",
};

describe.skipIf(!hasSamples)(
  `real event samples${hasSamples ? "" : " (skipped: ../shared/events is not there)"}`,
  () => {
    it.each(Object.entries(SAMPLES))("tells %s to be %s", (file, source) => {
      expect(eventSourceOf(JSON.parse(readFileSync(samplesFolder + file, "utf8")))).toBe(source);
    });

    it("has a line in the table for every sample", () => {
      const files = globSync("**/*.json", { cwd: samplesFolder });
      expect(files.toSorted()).toEqual(Object.keys(SAMPLES).toSorted());
    });
  },
);

describe("events that no sample stands for", () => {
  const resolver = { info: { fieldName: "order", parentTypeName: "Query" } };
  it.each<[string, unknown, EventSource]>([
    [
      "an HTTP API whose own domain has `lambda-url` in its name",
      format2({ domainName: "x.lambda-url.eu-west-1.example.com" }),
      "api-gateway-http",
    ],
    ["an HTTP API event without a domain", format2({}), "api-gateway-http"],
    ["a REST API with a stage and no identity", rest({ stage: "prod" }), "api-gateway-rest"],
    ["an AppSync batch resolver's array", [resolver, resolver], "appsync"],
    [
      "an AppSync authorizer",
      { authorizationToken: "t", requestContext: { apiId: "a" }, requestHeaders: {} },
      "authorizer",
    ],
    [
      "an HTTP API authorizer of payload format 1.0",
      { version: "1.0", type: "REQUEST", methodArn: "arn:aws:x", requestContext: {} },
      "authorizer",
    ],
    ["the end of a window of Kinesis without a record", windowEnd("kinesis"), "kinesis"],
    ["the end of a window of DynamoDB without a record", windowEnd("dynamodb"), "dynamodb"],
    [
      "Kafka that AWS does not manage",
      { eventSource: "SelfManagedKafka", records: { "orders-0": [] } },
      "kafka",
    ],
  ])("tells %s", (_title, event, source) => {
    expect(eventSourceOf(event)).toBe(source);
  });

  function windowEnd(service: string): object {
    const eventSourceARN = `arn:aws:${service}:eu-west-1:123456789012:stream/orders`;
    return { Records: [], state: {}, isFinalInvokeForWindow: true, eventSourceARN };
  }
  function format2(context: object): object {
    return {
      version: "2.0",
      rawPath: "/",
      requestContext: { http: { method: "GET" }, ...context },
    };
  }
  function rest(context: object): object {
    return { httpMethod: "GET", path: "/", requestContext: context };
  }
});

describe("forged events", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["nothing", undefined],
    ["a string", "Records"],
    ["a number", 1],
    ["true", true],
    ["an empty object", {}],
    ["an empty array", []],
    ["an array of nothing", [null]],
    ["an array of records", [{ eventSource: "aws:sqs", body: "" }]],
    ["no records", { Records: [] }],
    [
      "no records of a queue, which has no windows",
      { Records: [], isFinalInvokeForWindow: true, eventSourceARN: "arn:aws:sqs:eu-west-1:1:q" },
    ],
    [
      "the end of a window that is none",
      { Records: [], isFinalInvokeForWindow: 1, eventSourceARN: "arn:aws:kinesis:eu-west-1:1:s" },
    ],
    ["the end of no stream's window", { Records: [], isFinalInvokeForWindow: true }],
    ["records of null", { Records: [null] }],
    ["records of arrays", { Records: [[]] }],
    ["records as an object", { Records: { 0: { eventSource: "aws:sqs", body: "" } } }],
    ["a record of no source", { Records: [{ body: "" }] }],
    ["a record of an unknown source", { Records: [{ eventSource: "aws:mine", body: "" }] }],
    [
      "a record whose source is an inherited name",
      { Records: [{ eventSource: "constructor", constructor: 1 }] },
    ],
    ["a record whose source is no text", { Records: [{ eventSource: ["aws:sqs"], body: "" }] }],
    ["an SQS record without a body", { Records: [{ eventSource: "aws:sqs" }] }],
    ["an SNS record with the fields of S3", { Records: [{ EventSource: "aws:sns", s3: {} }] }],
    [
      "a record with a field that it only inherits",
      { Records: [JSON.parse('{"eventSource":"aws:s3","__proto__":{"s3":{}}}')] },
    ],
    ["Kafka with a list of records", { eventSource: "aws:kafka", records: [] }],
    ["Kafka without records", { eventSource: "aws:kafka" }],
    ["Firehose without records", { invocationId: "1", deliveryStreamArn: "arn" }],
    ["a context of null", { requestContext: null }],
    ["a context that is a list", { requestContext: [], httpMethod: "GET", path: "/" }],
    ["an empty context", { requestContext: {}, httpMethod: "GET", path: "/" }],
    ["an ALB without a target group", rest({ elb: {} })],
    ["an ALB whose mark is null", rest({ elb: null })],
    ["an ALB event without a path", { requestContext: { elb: { targetGroupArn: "arn" } } }],
    ["a REST event with a list as identity", rest({ identity: [] })],
    ["a REST event with a number as stage", rest({ stage: 1 })],
    [
      "format 2.0 with a number as method",
      { version: "2.0", rawPath: "/", requestContext: { http: { method: 1 } } },
    ],
    [
      "format 2.0 with the fields of REST, to be read in two ways",
      { version: "2.0", ...rest({ http: {}, stage: "prod" }) },
    ],
    ["a version as a number", { version: 2, rawPath: "/", requestContext: { http: {} } }],
    ["a TOKEN authorizer without a method", { type: "TOKEN", authorizationToken: "t" }],
    ["a REQUEST authorizer without an ARN", { type: "REQUEST", requestContext: {} }],
    [
      "an AppSync authorizer without headers",
      { authorizationToken: "t", requestContext: { apiId: "a" } },
    ],
    ["a lattice event without headers", { raw_path: "/", method: "GET" }],
    ["EventBridge without detail", { "detail-type": "t", source: "aws.ec2" }],
    ["Cognito without a request", { userPoolId: "p", triggerSource: "PreSignUp_SignUp" }],
    ["CloudFormation without an answer's address", { StackId: "s", RequestType: "Create" }],
    ["CloudWatch Logs without data", { awslogs: {} }],
    ["AppSync without a field", { info: { parentTypeName: "Query" } }],
    ["AppSync Events without a channel", { info: { operation: "PUBLISH" } }],
  ])("takes %s for a direct call", (_title, event) => {
    expect(eventSourceOf(event)).toBe("direct");
  });

  function rest(context: object): object {
    return { httpMethod: "GET", path: "/", requestContext: context };
  }
});

describe("isHttpSource", () => {
  it("is true for the four proxy integrations and for nothing else", () => {
    const sources = new Set(Object.values(SAMPLES));
    expect([...sources].filter(isHttpSource).toSorted()).toEqual([
      "alb",
      "api-gateway-http",
      "api-gateway-rest",
      "function-url",
    ]);
  });
});

describe("readsStatus", () => {
  it("is true for them, VPC Lattice and WebSocket APIs", () => {
    const sources = new Set(Object.values(SAMPLES));
    expect([...sources].filter(readsStatus).toSorted()).toEqual([
      "alb",
      "api-gateway-http",
      "api-gateway-rest",
      "api-gateway-websocket",
      "function-url",
      "vpc-lattice",
    ]);
  });
});
