/**
 * What an HTTP client receives of a function's outcome: the part of Lambda's HTTP integrations
 * that turns a result into a response, and a failure into an error of the gateway's own.
 *
 * @module
 */
import { validateHeaderName, validateHeaderValue } from "node:http";
import type { HttpKind } from "./http-event.ts";
import type { InvocationOutcome } from "./invoke.ts";

/** A response as its client receives it. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; a repeated header has one entry a value. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** Status, content type and body of an answer that is not the function's. */
type GatewayAnswer = readonly [status: number, type: string, body: string];

const page = (title: string): string => `<html><head><title>${title}</title></head></html>`;

const ALB_LIMITS = {
  failure: [502, "text/html", page("502 Bad Gateway")],
  maxRequestBytes: 1_048_576,
  tooLarge: [413, "text/html", page("413 Request Entity Too Large")],
  maxResponseBytes: 1_048_576,
} as const;

/** What an integration answers by itself: when the function fails or returns no response, and to a body above its limit. */
const GATEWAYS: {
  readonly [Kind in HttpKind]: {
    readonly failure: GatewayAnswer;
    readonly maxRequestBytes: number;
    readonly tooLarge: GatewayAnswer;
    readonly maxResponseBytes: number;
  };
} = {
  "api-gateway-rest": {
    failure: [502, "application/json", '{"message":"Internal server error"}'],
    maxRequestBytes: 10_485_760,
    tooLarge: [413, "application/json", '{"message":"Request Too Long"}'],
    maxResponseBytes: Number.POSITIVE_INFINITY,
  },
  "api-gateway-http": {
    failure: [500, "application/json", '{"message":"Internal Server Error"}'],
    maxRequestBytes: 10_485_760,
    tooLarge: [413, "application/json", '{"message":"Request Entity Too Large"}'],
    maxResponseBytes: Number.POSITIVE_INFINITY,
  },
  "function-url": {
    failure: [502, "text/plain", "Internal Server Error"],
    maxRequestBytes: 6_291_456,
    tooLarge: [413, "application/json", '{"Message":"Request Entity Too Large"}'],
    maxResponseBytes: Number.POSITIVE_INFINITY,
  },
  alb: ALB_LIMITS,
  "alb-multi-value": ALB_LIMITS,
};

/** The largest request body that an integration takes, in bytes. */
export const maxRequestBytes = (kind: HttpKind): number => GATEWAYS[kind].maxRequestBytes;

/** The answer to a request body that is larger. */
export const tooLargeAnswer = (kind: HttpKind): HttpAnswer =>
  gatewayAnswer(GATEWAYS[kind].tooLarge);

const gatewayAnswer = ([status, type, body]: GatewayAnswer): HttpAnswer => ({
  status,
  headers: [["content-type", type]],
  body: Buffer.from(body),
});

/** A result as the function returned it: every member may be anything that JSON can hold. */
interface ProxyResult {
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly multiValueHeaders?: unknown;
  readonly cookies?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

/**
 * The answer that the client of this kind of integration gets for an outcome: the function's
 * response, or the integration's own error when the function failed or what it returned is no
 * response (no status, headers that HTTP does not allow, a body that is not text).
 */
export function httpAnswer(kind: HttpKind, outcome: InvocationOutcome): HttpAnswer {
  const { failure, maxResponseBytes } = GATEWAYS[kind];
  const isTooLarge = Buffer.byteLength(outcome.payload) > maxResponseBytes;
  const result =
    outcome.error === undefined && !isTooLarge ? proxyResult(kind, outcome.result) : undefined;
  const answer = result && readAnswer(kind, result);
  return answer ?? gatewayAnswer(failure);
}

const isFormat2 = (kind: HttpKind): boolean =>
  kind === "api-gateway-http" || kind === "function-url";

/** The result as a proxy response, if the integration accepts it as one. */
function proxyResult(kind: HttpKind, result: unknown): ProxyResult | undefined {
  if (typeof result === "object" && result !== null && "statusCode" in result) {
    return result;
  }
  if (!isFormat2(kind)) return undefined;
  const body = typeof result === "string" ? result : JSON.stringify(result);
  const headers = { "content-type": "application/json" };
  return { statusCode: 200, headers, body };
}

function readAnswer(kind: HttpKind, result: ProxyResult): HttpAnswer | undefined {
  const { headers: single, multiValueHeaders: multiple } = result;
  const status = Number(typeof result.statusCode === "object" ? Number.NaN : result.statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (!isMap(single) || !isMap(multiple)) return undefined;
  const found = readHeaders(kind, single ?? {}, multiple ?? {}, result.cookies);
  if (!found.every(isSendable)) return undefined;
  const headers = found.map(([name, value]): [string, string] => [name, String(value)]);
  const body = result.body ?? "";
  if (typeof body !== "string") return undefined;

  if (!headers.some(([name]) => name === "content-type")) {
    headers.push(["content-type", DEFAULT_TYPES[kind]]);
  }
  const encoding = result.isBase64Encoded === true ? "base64" : "utf8";
  return { status, headers, body: Buffer.from(body, encoding) };
}

const isMap = (value: unknown): value is object | null | undefined =>
  value == null || (typeof value === "object" && !Array.isArray(value));

const DEFAULT_TYPES: Readonly<Record<HttpKind, string>> = {
  "api-gateway-rest": "application/json",
  "api-gateway-http": "text/plain;charset=UTF-8",
  "function-url": "application/json",
  alb: "application/json",
  "alb-multi-value": "application/json",
};

/** The headers of the maps that the integration reads: where it reads both, multi-value headers win. */
function readHeaders(
  kind: HttpKind,
  headers: object,
  multiValueHeaders: object,
  cookies: unknown,
): [name: string, value: unknown][] {
  const multiple = isFormat2(kind) || kind === "alb" ? [] : Object.entries(multiValueHeaders);
  const names = new Set(multiple.map(([name]) => name.toLowerCase()));
  const single = kind === "alb-multi-value" ? [] : Object.entries(headers);
  return [
    ...multiple.flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const)),
    ...single.filter(([name]) => !names.has(name.toLowerCase())),
    ...(isFormat2(kind)
      ? [cookies ?? []].flat().map((value) => ["set-cookie", value] as const)
      : []),
  ].map(([name, value]) => [name.toLowerCase(), value]);
}

/** Whether a header can go over the wire: neither its name nor its value breaks out of its line. */
function isSendable([name, value]: readonly [string, unknown]): boolean {
  if (typeof value === "object") return false;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, String(value));
    return true;
  } catch {
    return false;
  }
}
