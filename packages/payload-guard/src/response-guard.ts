/**
 * A bound on what a function answers, before Lambda fails it with an error that tells nothing.
 *
 * @module
 */
import type { MiddlewareObj, Request } from "@middy/core";
import {
  atSettlement,
  checkOptions,
  type EventSource,
  invocationOf,
  limitOf,
  ownResponse,
  publishSecurityEvent,
  refuse,
  settle,
} from "@middy-hardening/core";
import { countedStream, isStream } from "./counted-stream.ts";
import { jsonBytes } from "./json-size.ts";

/** What an answer may be. Every limit takes `Infinity` for none but Lambda's own. */
export interface ResponseGuardOptions {
  /**
   * Largest answer, in bytes of its JSON in UTF-8, as the runtime sends it; a body in base64 counts
   * as it is written.
   * Default: 6,291,556, behind an ALB 1,048,576.
   */
  readonly maxBytes?: number | undefined;
  /**
   * Largest stream, in bytes, of a function that streams its response.
   * Default: 209,715,200 (200 MiB).
   */
  readonly maxStreamBytes?: number | undefined;
}

const SOURCE = "@middy-hardening/payload-guard";

/** "Lambda quotas": 6 MB for a synchronous invocation, and the 100 bytes that its error message tells. */
const MAX_BYTES = 6_291_556;

/** "Lambda functions as targets": 1 MB of response JSON. */
const MAX_ALB_BYTES = 1_048_576;

/** "Lambda quotas": a streamed response. */
const MAX_STREAM_BYTES = 209_715_200;

/** What an SNS topic takes as destination of an asynchronous invocation ("OnSuccess"). */
const DESTINATION_BYTES = 262_144;

/** What Lambda takes, but whoever reads the answer may not: that is told, and goes out. */
const READER_BYTES: { readonly [Source in EventSource]?: number } = {
  "cloudwatch-logs": DESTINATION_BYTES,
  eventbridge: DESTINATION_BYTES,
  s3: DESTINATION_BYTES,
  ses: DESTINATION_BYTES,
  sns: DESTINATION_BYTES,
  // "Quotas for configuring and running a WebSocket API": message payload size.
  "api-gateway-websocket": 131_072,
};

/** More than the headers that are added to a response once it was measured. */
const HEADERS_BYTES = 65_536;

/**
 * Refuses an answer that Lambda or the trigger would: one that is too large, or that has no JSON
 * form. Counts the bytes of a stream as they flow, and cuts it at the limit.
 *
 * ```ts
 * export const handler = middy()
 *   .use(errorSanitizer())
 *   .use(responseGuard())
 *   .handler(async () => ({ statusCode: 200, body: JSON.stringify(await listOrders()) }));
 * ```
 *
 * @throws TypeError when an option is unknown or wrong (at construction).
 * @throws PublicError 500 `response_too_large` or `response_not_serializable`, at the end.
 */
export function responseGuard(options: ResponseGuardOptions = {}): MiddlewareObj {
  const { maxBytes, maxStreamBytes = MAX_STREAM_BYTES } = checkOptions(SOURCE, options, {
    maxBytes: limitOf("bytes"),
    maxStreamBytes: limitOf("bytes"),
  });
  // Properties of the request, not a WeakMap and a WeakSet keyed by it: 0.5 us a request. They are this
  // guard's own, since another one may have other limits.
  /** What was found to fit: of HTTP the body, since headers are still added. */
  const PASSED = Symbol("response-guard.passed");
  /**
   * Whether its stream is counted. What stands in its place at the end is made of it, and may be there to
   * clean what it fails with: so nothing is put around it.
   */
  const COUNTED = Symbol("response-guard.counted");
  type Guarded = Request & { [PASSED]?: unknown; [COUNTED]?: boolean };

  function guardAnswer(request: Guarded): void {
    const { response } = request;
    if (response === undefined) return;
    if (!countStream(request)) {
      const { eventSource, http } = invocationOf(request);
      const limit = maxBytes ?? (eventSource === "alb" ? MAX_ALB_BYTES : MAX_BYTES);
      const bytes = jsonBytes(response, limit);
      if (Number.isNaN(bytes)) {
        refuseAnswer(
          request,
          "response_not_serializable",
          "The response has no JSON form.",
          "json",
        );
      }
      if (bytes === Number.POSITIVE_INFINITY) refuseLarge(request, limit, "max_bytes");
      // So near to the limit, the headers decide.
      if (http !== undefined && bytes + HEADERS_BYTES > limit) return;
      const readerBytes = maxBytes === undefined ? READER_BYTES[eventSource] : undefined;
      if (readerBytes !== undefined && bytes > readerBytes)
        tellReader(request, response, readerBytes);
    }
    request[PASSED] = contentOf(request);
  }

  /** Puts a counted stream in place of one that the answer is or has; `false` when there is none. */
  function countStream(request: Guarded): boolean {
    const { response } = request;
    const isWhole = isStream(response);
    // As Middy has it: where there is no status, the response is all body.
    const stream = isWhole ? response : memberOf(response, "statusCode") && bodyOf(response);
    if (!isStream(stream)) return false;
    if (request[COUNTED] === true) return true;
    request[COUNTED] = true;
    let bytes = 0;
    const body = countedStream(stream, (chunkBytes) => {
      bytes += chunkBytes;
      if (bytes > maxStreamBytes) refuseLarge(request, maxStreamBytes, "max_stream_bytes");
    });
    if (isWhole) request.response = body;
    else Object.assign(ownResponse(request) ?? copyOf(request), { body });
    return true;
  }

  /** With every header in place, and for answers that no `after` has seen. */
  function guardSettled(request: Guarded): void {
    if (PASSED in request && request[PASSED] === contentOf(request)) return;
    try {
      guardAnswer(request);
    } catch (error) {
      // The error becomes the outcome once all tasks have run; until then they see this.
      if (invocationOf(request).http !== undefined) request.response = { statusCode: 500 };
      throw error;
    }
  }

  return {
    before: function responseGuardBefore(request: Request): void {
      atSettlement(request, guardSettled);
    },
    after: function responseGuardAfter(request: Request): void {
      guardAnswer(request);
      settle(request, guardSettled);
    },
    onError: function responseGuardOnError(request: Request): void {
      settle(request, guardSettled);
    },
  };
}

const contentOf = (request: Request): unknown =>
  invocationOf(request).http === undefined ? request.response : bodyOf(request.response);

const bodyOf = (response: unknown): unknown => memberOf(response, "body");

/** A member of a response; `undefined` when it has none, or one that cannot be read. */
function memberOf(response: unknown, name: string): unknown {
  try {
    return (Object(response) as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

/** A copy of the response on the request, which may be frozen, or be somebody else's too. */
function copyOf(request: Request): object {
  request.response = { ...request.response };
  return request.response;
}

function refuseLarge(request: Request, limit: number, param: string): never {
  const detail = `The response has more than ${limit} bytes.`;
  return refuseAnswer(request, "response_too_large", detail, param);
}

const refuseAnswer = (request: Request, code: string, detail: string, param: string): never =>
  refuse(request, {
    statusCode: 500,
    code,
    detail,
    source: SOURCE,
    event: "response_too_large",
    params: [param],
  });

/** Tells, if it is so, that whoever reads the answer takes less of it than Lambda does. */
function tellReader(request: Request, response: unknown, readerBytes: number): void {
  if (jsonBytes(response, readerBytes) <= readerBytes) return;
  publishSecurityEvent(request, {
    name: "response_too_large",
    params: ["reader_bytes"],
    description: `The response has more than the ${readerBytes} bytes that its reader takes.`,
    source: SOURCE,
  });
}
