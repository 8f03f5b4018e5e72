/**
 * What an HTTP client receives of a function's outcome: the part of Lambda's HTTP integrations
 * that turns a result into a response, and a failure into an error of the gateway's own.
 *
 * @module
 */
import type { HttpKind } from "./http-event.ts";
import type { InvocationOutcome } from "./invoke.ts";

/** A response as its client receives it. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; a repeated header has one entry a value. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** What API Gateway, a function URL or an ALB answers when the function fails or returns no response. */
const failures: {
  readonly [Kind in HttpKind]: readonly [status: number, type: string, body: string];
} = {
  "api-gateway-rest": [502, "application/json", '{"message":"Internal server error"}'],
  "api-gateway-http": [500, "application/json", '{"message":"Internal Server Error"}'],
  "function-url": [502, "text/plain", "Internal Server Error"],
  alb: [502, "text/html", "<html><head><title>502 Bad Gateway</title></head></html>"],
  "alb-multi-value": [502, "text/html", "<html><head><title>502 Bad Gateway</title></head></html>"],
};

interface ProxyResult {
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, unknown>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly unknown[]>> | null;
  readonly cookies?: readonly string[];
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

/** The answer that the client of this kind of integration gets for an outcome. */
export function httpAnswer(kind: HttpKind, outcome: InvocationOutcome): HttpAnswer {
  const isFormat2 = kind === "api-gateway-http" || kind === "function-url";
  const result = outcome.error === undefined ? proxyResult(outcome.result, isFormat2) : undefined;
  if (result === undefined) {
    const [status, type, body] = failures[kind];
    return { status, headers: [["content-type", type]], body: Buffer.from(body) };
  }
  const headers: [string, string][] = [];
  const add = (name: string, value: unknown): void => {
    headers.push([name.toLowerCase(), String(value)]);
  };
  const multiple = isFormat2 || kind === "alb" ? {} : (result.multiValueHeaders ?? {});
  const single = kind === "alb-multi-value" ? {} : (result.headers ?? {});
  for (const [name, values] of Object.entries(multiple))
    for (const value of values) add(name, value);
  for (const [name, value] of Object.entries(single))
    if (!Object.hasOwn(multiple, name)) add(name, value);
  if (isFormat2) for (const cookie of result.cookies ?? []) add("set-cookie", cookie);
  if (!headers.some(([name]) => name === "content-type")) {
    add(
      "content-type",
      isFormat2 && kind === "api-gateway-http" ? "text/plain;charset=UTF-8" : "application/json",
    );
  }
  const body = typeof result.body === "string" ? result.body : "";
  return {
    status: result.statusCode as number,
    headers,
    body: Buffer.from(body, result.isBase64Encoded === true ? "base64" : "utf8"),
  };
}

/** The result as a proxy response, if the integration accepts it as one. */
function proxyResult(result: unknown, isFormat2: boolean): ProxyResult | undefined {
  const isObject = typeof result === "object" && result !== null;
  if (isObject && "statusCode" in result) {
    const status = Number((result as ProxyResult).statusCode);
    return Number.isInteger(status) ? { ...result, statusCode: status } : undefined;
  }
  if (!isFormat2) return undefined;
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: typeof result === "string" ? result : JSON.stringify(result),
  };
}
