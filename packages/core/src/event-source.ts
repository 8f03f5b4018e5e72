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

const HTTP_SOURCES: ReadonlySet<EventSource> = new Set<HttpEventSource>([
  "alb",
  "api-gateway-http",
  "api-gateway-rest",
  "function-url",
]);

/** Whether the caller of this source reads an HTTP response of the proxy form. */
export function isHttpSource(source: EventSource): source is HttpEventSource {
  return HTTP_SOURCES.has(source);
}

const RECORD_SOURCES: Readonly<Record<string, EventSource>> = {
  "aws:sqs": "sqs",
  "aws:sns": "sns",
  "aws:s3": "s3",
  "aws:ses": "ses",
  "aws:kinesis": "kinesis",
  "aws:dynamodb": "dynamodb",
};

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null ? (value as Fields) : undefined;

const isText = (value: unknown): value is string => typeof value === "string";

/**
 * Tells the trigger by the form of the event, as the AWS Lambda Developer Guide and the guides
 * of the services describe it. Never throws for what JSON can hold.
 */
export function eventSourceOf(event: unknown): EventSource {
  const fields = fieldsOf(event);
  if (fields === undefined) return "direct";
  return httpSource(fields) ?? recordSource(fields) ?? serviceSource(fields) ?? "direct";
}

/** The sources that carry an HTTP or WebSocket request, and the authorizers of one. */
function httpSource(event: Fields): EventSource | undefined {
  const context = fieldsOf(event.requestContext);
  if (context === undefined) {
    const isTokenAuthorizer = event.type === "TOKEN" && isText(event.authorizationToken);
    if (isTokenAuthorizer && isText(event.methodArn)) return "authorizer";
    const isLatticeVersion1 =
      isText(event.raw_path) && isText(event.method) && fieldsOf(event.headers) !== undefined;
    return isLatticeVersion1 ? "vpc-lattice" : undefined;
  }
  if (event.type === "REQUEST" && (isText(event.methodArn) || isText(event.routeArn))) {
    return "authorizer";
  }
  const http = fieldsOf(context.http);
  if (event.version === "2.0" && http !== undefined && isText(event.rawPath)) {
    if (!isText(http.method)) return undefined;
    const isFunctionUrl = isText(context.domainName) && context.domainName.includes(".lambda-url.");
    return isFunctionUrl ? "function-url" : "api-gateway-http";
  }
  if (isText(context.connectionId) && isText(context.eventType)) return "api-gateway-websocket";
  if (isText(context.serviceNetworkArn) && isText(event.path)) return "vpc-lattice";
  if (!isText(event.httpMethod) || !isText(event.path)) return undefined;
  if (isText(fieldsOf(context.elb)?.targetGroupArn)) return "alb";
  return fieldsOf(context.identity) || isText(context.stage) ? "api-gateway-rest" : undefined;
}

/** The sources that deliver several records at a time. */
function recordSource(event: Fields): EventSource | undefined {
  if (Array.isArray(event.Records)) {
    const first = fieldsOf(event.Records[0]);
    const source = first?.eventSource ?? first?.EventSource;
    return isText(source) && Object.hasOwn(RECORD_SOURCES, source)
      ? RECORD_SOURCES[source]
      : undefined;
  }
  if (event.eventSource === "aws:kafka" || event.eventSource === "SelfManagedKafka") {
    return fieldsOf(event.records) ? "kafka" : undefined;
  }
  if (isText(event.invocationId) && isText(event.deliveryStreamArn)) {
    return Array.isArray(event.records) ? "firehose" : undefined;
  }
  return undefined;
}

/** The other services that call a function with an event of their own form. */
function serviceSource(event: Fields): EventSource | undefined {
  if (isText(event["detail-type"]) && isText(event.source) && "detail" in event) {
    return "eventbridge";
  }
  if (isText(fieldsOf(event.awslogs)?.data)) return "cloudwatch-logs";
  if (isText(event.userPoolId) && isText(event.triggerSource)) return "cognito";
  if (isText(event.StackId) && isText(event.ResponseURL) && isText(event.RequestType)) {
    return "cloudformation";
  }
  const info = fieldsOf(event.info);
  if (info === undefined) return undefined;
  const isResolver = isText(info.fieldName) && isText(info.parentTypeName);
  const isChannel = fieldsOf(info.channel) !== undefined && isText(info.operation);
  return isResolver || isChannel ? "appsync" : undefined;
}
