/**
 * Which trigger sent an event.
 *
 * An event is attacker-shaped input for a function that can be called directly, so each source
 * is told by all the marks that AWS sets together, not by one key such as `Records`.
 *
 * @module
 */

/** The trigger of an invocation. `direct` is a direct call, or anything not known here. */
export type EventSource =
  | "alb"
  | "api-gateway-http"
  | "api-gateway-rest"
  | "api-gateway-websocket"
  | "appsync"
  | "authorizer"
  | "cloudformation"
  | "cloudwatch-logs"
  | "cognito"
  | "direct"
  | "dynamodb"
  | "eventbridge"
  | "firehose"
  | "function-url"
  | "kafka"
  | "kinesis"
  | "s3"
  | "ses"
  | "sns"
  | "sqs"
  | "vpc-lattice";

/** The sources whose events and responses have the form of an API Gateway or ALB proxy integration. */
export type HttpEventSource = "alb" | "api-gateway-http" | "api-gateway-rest" | "function-url";

const HTTP_SOURCES: readonly EventSource[] = [
  "alb",
  "api-gateway-http",
  "api-gateway-rest",
  "function-url",
] satisfies HttpEventSource[];

/** Whether the caller of this source reads an HTTP response of the proxy form. */
export function isHttpSource(source: EventSource): source is HttpEventSource {
  return HTTP_SOURCES.includes(source);
}

/**
 * Whether the caller of this source reads the `statusCode` of the response: those of HTTP, VPC
 * Lattice and WebSocket APIs, whose events have forms of their own.
 */
export function readsStatus(source: EventSource): boolean {
  return isHttpSource(source) || source === "api-gateway-websocket" || source === "vpc-lattice";
}

/** Whether the source has events and responses of payload format 2.0. */
export function isFormat2(source: EventSource): source is "api-gateway-http" | "function-url" {
  return source === "api-gateway-http" || source === "function-url";
}

/** For each `eventSource` of a record, the field that only its records have. */
const RECORD_FIELDS: Readonly<Record<string, string>> = {
  "aws:dynamodb": "dynamodb",
  "aws:kinesis": "kinesis",
  "aws:s3": "s3",
  "aws:ses": "ses",
  "aws:sns": "Sns",
  "aws:sqs": "body",
};

/** Whose windows end with an event of no records ("Tumbling windows"). */
const WINDOW_ARN = /^arn:[^:]*:(kinesis|dynamodb):/;

/** The host of a function URL; the domain of an API may have `lambda-url` in it too. */
const FUNCTION_URL_HOST = /^[^.]+\.lambda-url\.[^.]+\.on\./;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;

const hasTexts = (fields: Fields, ...names: readonly string[]): boolean =>
  names.every((name) => typeof fields[name] === "string");

/**
 * Tells the trigger by the form of the event, as the AWS Lambda Developer Guide and the guides
 * of the services describe it. Never throws for what JSON can hold.
 */
export function eventSourceOf(event: unknown): EventSource {
  const fields = fieldsOf(event);
  if (fields !== undefined) {
    return httpSource(fields) ?? recordSource(fields) ?? serviceSource(fields) ?? "direct";
  }
  // AppSync alone sends an array: the requests of a batch resolver.
  const first = Array.isArray(event) ? fieldsOf(event[0]) : undefined;
  return first !== undefined && isAppSync(first) ? "appsync" : "direct";
}

/** The sources that carry an HTTP or WebSocket request, and the authorizers of one. */
function httpSource(event: Fields): EventSource | undefined {
  const context = fieldsOf(event.requestContext);
  if (context === undefined) {
    if (event.type === "TOKEN" && hasTexts(event, "authorizationToken", "methodArn")) {
      return "authorizer";
    }
    const isLatticeVersion1 = hasTexts(event, "raw_path", "method") && fieldsOf(event.headers);
    return isLatticeVersion1 ? "vpc-lattice" : undefined;
  }
  if (event.type === "REQUEST" && (hasTexts(event, "methodArn") || hasTexts(event, "routeArn"))) {
    return "authorizer";
  }
  const http = fieldsOf(context.http);
  if (event.version === "2.0" && http !== undefined) {
    if (typeof event.rawPath !== "string" || typeof http.method !== "string") return undefined;
    const { domainName } = context;
    return typeof domainName === "string" && FUNCTION_URL_HOST.test(domainName)
      ? "function-url"
      : "api-gateway-http";
  }
  if (hasTexts(context, "connectionId", "eventType")) return "api-gateway-websocket";
  if (hasTexts(context, "serviceNetworkArn") && hasTexts(event, "path")) return "vpc-lattice";
  const isAppSyncAuthorizer = hasTexts(event, "authorizationToken") && hasTexts(context, "apiId");
  if (isAppSyncAuthorizer && fieldsOf(event.requestHeaders)) return "authorizer";
  if (!hasTexts(event, "httpMethod", "path")) return undefined;
  if (typeof fieldsOf(context.elb)?.targetGroupArn === "string") return "alb";
  return fieldsOf(context.identity) || hasTexts(context, "stage") ? "api-gateway-rest" : undefined;
}

/** The sources that deliver several records at a time. */
function recordSource(event: Fields): EventSource | undefined {
  if (Array.isArray(event.Records)) {
    if (event.Records.length === 0) return windowSource(event);
    const record = fieldsOf(event.Records[0]) ?? {};
    const source = record.eventSource ?? record.EventSource;
    if (typeof source !== "string" || !Object.hasOwn(RECORD_FIELDS, source)) return undefined;
    const isWhole = Object.hasOwn(record, RECORD_FIELDS[source] as string);
    return isWhole ? (source.slice("aws:".length) as EventSource) : undefined;
  }
  if (event.eventSource === "aws:kafka" || event.eventSource === "SelfManagedKafka") {
    return fieldsOf(event.records) && "kafka";
  }
  const isFirehose = hasTexts(event, "invocationId", "deliveryStreamArn");
  return isFirehose && Array.isArray(event.records) ? "firehose" : undefined;
}

/** The stream whose tumbling window ends without a record. */
function windowSource({
  isFinalInvokeForWindow,
  eventSourceARN,
}: Fields): "dynamodb" | "kinesis" | undefined {
  if (typeof isFinalInvokeForWindow !== "boolean" || typeof eventSourceARN !== "string") {
    return undefined;
  }
  return WINDOW_ARN.exec(eventSourceARN)?.[1] as "dynamodb" | "kinesis" | undefined;
}

/** The other services that call a function with an event of their own form. */
function serviceSource(event: Fields): EventSource | undefined {
  if (hasTexts(event, "detail-type", "source") && "detail" in event) return "eventbridge";
  if (typeof fieldsOf(event.awslogs)?.data === "string") return "cloudwatch-logs";
  if (hasTexts(event, "userPoolId", "triggerSource") && fieldsOf(event.request)) return "cognito";
  if (hasTexts(event, "StackId", "ResponseURL", "RequestType")) return "cloudformation";
  return isAppSync(event) ? "appsync" : undefined;
}

/** A GraphQL resolver, or a handler of AppSync Events. */
function isAppSync(event: Fields): boolean {
  const info = fieldsOf(event.info);
  if (info === undefined) return false;
  const isResolver = hasTexts(info, "fieldName", "parentTypeName");
  return isResolver || (hasTexts(info, "operation") && fieldsOf(info.channel) !== undefined);
}
