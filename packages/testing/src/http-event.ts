/**
 * HTTP events as each of Lambda's HTTP integrations writes them.
 *
 * @module
 * @see "Working with AWS Lambda proxy integrations for HTTP APIs" (payload formats 1.0 and 2.0),
 *   "Lambda proxy integrations in API Gateway", "Use an AWS Lambda function as a target of an
 *   Application Load Balancer" in the AWS documentation.
 */
import { randomUUID } from "node:crypto";
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  LambdaFunctionURLEvent,
} from "aws-lambda";

/** The event type of each HTTP integration. */
export interface HttpEvents {
  "api-gateway-rest": APIGatewayProxyEvent;
  "api-gateway-http": APIGatewayProxyEventV2;
  "function-url": LambdaFunctionURLEvent;
  alb: ALBEvent;
  /** An ALB whose target group has multi-value headers turned on. */
  "alb-multi-value": ALBEvent;
}

/** An HTTP integration of Lambda. */
export type HttpKind = keyof HttpEvents;

/** Every {@link HttpKind}. */
export const HTTP_KINDS = [
  "api-gateway-rest",
  "api-gateway-http",
  "function-url",
  "alb",
  "alb-multi-value",
] as const satisfies readonly HttpKind[];

/** An HTTP request as its client writes it. */
export interface HttpRequest {
  /** Default: `GET`. */
  readonly method?: string;
  /** Path, with the query if there is one, percent-encoded as on the wire. Default: `/`. */
  readonly path?: string;
  /** An array repeats the header. A text body gets `content-type: application/json` when none is given. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text arrives as text, bytes as base64. An object is sent as JSON. Default: none. */
  readonly body?: string | Uint8Array | object;
  /** Route that the API matched, such as `/orders/{id}`; gives the path parameters. Default: none. */
  readonly route?: string;
  /** Default: `203.0.113.7`. */
  readonly sourceIp?: string;
}

/** A request as all builders below read it. */
interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Names as the client writes them. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
  readonly route: string | undefined;
  readonly pathParameters: Record<string, string> | null;
  readonly sourceIp: string;
}

/**
 * The event that an integration makes of a request.
 *
 * ```ts
 * const event = httpEvent("api-gateway-http", { method: "POST", path: "/orders", body: { sku: "A-1" } });
 * ```
 */
export function httpEvent<Kind extends HttpKind>(
  kind: Kind,
  request: HttpRequest = {},
): HttpEvents[Kind] {
  return builders[kind](receive(request));
}

const builders: { readonly [Kind in HttpKind]: (received: Received) => HttpEvents[Kind] } = {
  "api-gateway-rest": restEvent,
  "api-gateway-http": (received) =>
    format2Event(received, "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"),
  "function-url": (received) =>
    format2Event(
      { ...received, route: undefined, pathParameters: null },
      "a1b2c3d4e5.lambda-url.eu-west-1.on.aws",
    ),
  alb: (received) => ({
    ...albEvent(received),
    queryStringParameters: lastValues(rawQuery(received.query)),
    headers: lastValues(lowerCased(received.headers)),
  }),
  "alb-multi-value": (received) => ({
    ...albEvent(received),
    multiValueQueryStringParameters: rawQuery(received.query),
    multiValueHeaders: lowerCased(received.headers),
  }),
};

function receive(request: HttpRequest): Received {
  const { method = "GET", path: target = "/", route, sourceIp = "203.0.113.7" } = request;
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const body = encodeBody(request.body);
  const headers = new Map<string, readonly string[]>([
    ["Host", ["api.example.com"]],
    ["User-Agent", ["middy-hardening-testing"]],
    ["X-Forwarded-For", [sourceIp]],
  ]);
  if (body.body !== null) headers.set("Content-Type", ["application/json"]);
  const given = Object.entries(request.headers ?? {});
  const givenNames = new Set(given.map(([name]) => name.toLowerCase()));
  for (const name of headers.keys()) {
    if (givenNames.has(name.toLowerCase())) headers.delete(name);
  }
  for (const [name, value] of given) {
    const values = typeof value === "string" ? [value] : value;
    if (values.length > 0) headers.set(name, values);
  }
  return {
    method,
    path,
    query: mark === -1 ? "" : target.slice(mark + 1),
    headers,
    ...body,
    route,
    pathParameters: orNull((route !== undefined && matchRoute(route, path)) || {}),
    sourceIp,
  };
}

function encodeBody(body: HttpRequest["body"]): Pick<Received, "body" | "isBase64Encoded"> {
  if (body === undefined) return { body: null, isBase64Encoded: false };
  if (typeof body === "string") return { body, isBase64Encoded: false };
  if (body instanceof Uint8Array) {
    return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
  }
  return { body: JSON.stringify(body), isBase64Encoded: false };
}

/** The path parameters of a path that matches a route such as `/orders/{id}`, decoded; otherwise null. */
export function matchRoute(route: string, path: string): Record<string, string> | null {
  const names = route.split("/");
  const values = path.split("/");
  if (names.length !== values.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const value = values[index] as string;
    if (name.startsWith("{") && name.endsWith("}")) {
      if (value === "") return null;
      parameters[name.slice(1, -1)] = decode(value);
    } else if (name !== value) return null;
  }
  return parameters;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // API Gateway passes on what it cannot decode.
  }
};

type MultiValues = Record<string, string[]>;

/** The query's parameters, decoded as API Gateway does. */
function decodedQuery(query: string): MultiValues {
  const values: MultiValues = {};
  for (const [name, value] of new URLSearchParams(query)) append(values, name, value);
  return values;
}

/** The query's parameters as they are on the wire: an ALB does not decode them. */
function rawQuery(query: string): MultiValues {
  const values: MultiValues = {};
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const equals = pair.indexOf("=");
    append(
      values,
      equals === -1 ? pair : pair.slice(0, equals),
      equals === -1 ? "" : pair.slice(equals + 1),
    );
  }
  return values;
}

function append(values: MultiValues, name: string, value: string): void {
  if (Object.hasOwn(values, name)) values[name]?.push(value);
  // Not by assignment: a parameter called `__proto__` must become a property like any other.
  else
    Object.defineProperty(values, name, {
      value: [value],
      enumerable: true,
      writable: true,
      configurable: true,
    });
}

const mapValues = <T>(values: MultiValues, change: (all: string[]) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, all]) => [name, change(all)]));

const lastValues = (values: MultiValues): Record<string, string> =>
  mapValues(values, (all) => all.at(-1) as string);

const orNull = <T extends object>(record: T): T | null =>
  Object.keys(record).length === 0 ? null : record;

/** The headers as all integrations but REST APIs have them, whose spellings fall together. */
function lowerCased(headers: Received["headers"]): MultiValues {
  const values: MultiValues = {};
  for (const [name, all] of headers) {
    for (const value of all) append(values, name.toLowerCase(), value);
  }
  return values;
}

const userAgentOf = (headers: Received["headers"]): string =>
  lowerCased(headers)["user-agent"]?.join() ?? "";

/** Such as `17/Jun/2024:15:52:39 +0000`. */
function requestTime(now: Date): string {
  const [, day, month, year, time] = now.toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}

function restEvent(received: Received): APIGatewayProxyEvent {
  const { method, path, headers, body, isBase64Encoded, route, sourceIp } = received;
  const query = decodedQuery(received.query);
  const now = new Date();
  // Without a route the API has one method at its root and a greedy one below it.
  const resource = route ?? (path === "/" ? "/" : "/{proxy+}");
  const proxy = resource === "/{proxy+}" ? { proxy: path.slice(1) } : null;
  const requestContext = {
    accountId: "123456789012",
    apiId: "a1b2c3d4e5",
    authorizer: undefined,
    domainName: "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
    deploymentId: "v99qix",
    domainPrefix: "a1b2c3d4e5",
    extendedRequestId: "ZhDrKF5dDoEEHfA=",
    httpMethod: method,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp,
      user: null,
      userAgent: userAgentOf(headers),
      userArn: null,
    },
    path: `/prod${path}`,
    protocol: "HTTP/1.1",
    requestId: randomUUID(),
    requestTime: requestTime(now),
    requestTimeEpoch: now.getTime(),
    resourceId: "3nq1cq",
    resourcePath: resource,
    stage: "prod",
  };
  return {
    resource,
    path,
    httpMethod: method,
    headers: Object.fromEntries([...headers].map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: Object.fromEntries(
      [...headers].map(([name, values]) => [name, [...values]]),
    ),
    queryStringParameters: orNull(lastValues(query)),
    multiValueQueryStringParameters: orNull(query),
    pathParameters: received.pathParameters ?? proxy,
    stageVariables: null,
    requestContext,
    body,
    isBase64Encoded,
  };
}

/** Payload format 2.0, which HTTP APIs and function URLs share. */
function format2Event(
  received: Received,
  domainName: string,
): APIGatewayProxyEventV2 & LambdaFunctionURLEvent {
  const { method, path, body, isBase64Encoded, route, sourceIp } = received;
  const { cookie, ...headers } = lowerCased(received.headers);
  const now = new Date();
  const routeKey = route === undefined ? "$default" : `${method} ${route}`;
  const query = decodedQuery(received.query);
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString: received.query,
    ...(cookie === undefined ? {} : { cookies: cookie.flatMap((line) => line.split(/; */)) }),
    headers: mapValues(headers, (all) => all.join(",")),
    ...(received.query === ""
      ? {}
      : { queryStringParameters: mapValues(query, (all) => all.join(",")) }),
    ...(received.pathParameters === null ? {} : { pathParameters: received.pathParameters }),
    requestContext: {
      accountId: "123456789012",
      apiId: "a1b2c3d4e5",
      domainName,
      domainPrefix: "a1b2c3d4e5",
      http: {
        method,
        path,
        protocol: "HTTP/1.1",
        sourceIp,
        userAgent: userAgentOf(received.headers),
      },
      requestId: randomUUID(),
      routeKey,
      stage: "$default",
      time: requestTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body === null ? {} : { body }),
    isBase64Encoded,
  };
}

/** What both forms of ALB events share. An ALB gives an empty body where there is none. */
function albEvent(received: Received): ALBEvent {
  return {
    requestContext: {
      elb: {
        targetGroupArn:
          "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/49e9d65c45c6791a",
      },
    },
    httpMethod: received.method,
    path: received.path,
    body: received.body ?? "",
    isBase64Encoded: received.isBase64Encoded,
  };
}
