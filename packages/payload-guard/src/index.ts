/**
 * Bounds on what a function is sent, before anything reads it, and on what it answers.
 *
 * @module
 */
import type { MiddlewareObj, Request } from "@middy/core";
import {
  checkOptions,
  completeBatchResponse,
  completeFailureResponse,
  expectStill,
  invocationOf,
  isFormat2,
  isRecordSource,
  type RecordDisposition,
  readsStatus,
  settle,
  tellOfLostTrigger,
} from "@middy-hardening/core";
import { zlibDecompressor } from "./content-codings.ts";
import { envelopeOf, type Limits, limitsOf, RULES } from "./options.ts";
import { checkRecords, type RecordRules } from "./records.ts";
import { rejectChoice, SOURCE } from "./reject.ts";
import { type BodyRules, checkBody, checkMessage } from "./request-body.ts";
import { checkHead } from "./request-head.ts";
import { checkEvent } from "./whole-event.ts";

export { type ResponseGuardOptions, responseGuard } from "./response-guard.ts";

/** What a request, a batch or any other event may be. Every limit takes `Infinity` for none. */
export interface PayloadGuardOptions {
  /**
   * Largest body of a request or payload of a record, in bytes, after base64 and content codings are
   * undone. Lambda takes events of 6 MB; few APIs expect a body that is a sixth of that.
   * Default: 1,048,576 (1 MiB).
   */
  readonly maxBytes?: number | undefined;
  /**
   * Objects and arrays of a JSON body, record or event that may be open at one time: `[]` is 1 deep,
   * `[{}]` is 2. Code that walks a parsed body by recursion stays far from the end of the stack.
   * Default: 32.
   */
  readonly maxDepth?: number | undefined;
  /**
   * Keys of all objects of a JSON body, record or event together, or fields of a form, repeated ones included. An
   * object of a million keys takes far more memory and time than its bytes suggest.
   * Default: 10,000.
   */
  readonly maxKeys?: number | undefined;
  /**
   * Elements of one array of a JSON body or record: what a handler does for each element has a bound.
   * Default: 10,000.
   */
  readonly maxArrayLength?: number | undefined;
  /**
   * Characters (UTF-16 units) of one string or key of a JSON body or record, between its quotes and as written:
   * `\u0041` counts 6; or of one name or value of a form, as written: `%41` counts 3. A long article fits, a
   * file in base64 does not; in records, where it may well, the limit is kept only if it is given. Default:
   * 65,536; in records none.
   */
  readonly maxStringLength?: number | undefined;
  /**
   * Number of headers; each cookie counts as one. As many as Apache takes by default.
   * Default: 100.
   */
  readonly maxHeaders?: number | undefined;
  /**
   * Names and values of all headers and cookies, in bytes. As many as Node's server takes by default.
   * Default: 16,384 (16 KiB).
   */
  readonly maxHeaderBytes?: number | undefined;
  /**
   * Number of query parameters, repeated and empty ones included.
   * Default: 100.
   */
  readonly maxQueryParameters?: number | undefined;
  /**
   * Path and query in bytes, as the event has them (for REST APIs that is decoded). RFC 9110,
   * section 4.1 asks for 8,000 at least.
   * Default: 8,192 (8 KiB).
   */
  readonly maxUrlBytes?: number | undefined;
  /**
   * Media types that a body may have: one by name, all of a kind (`image/*`), all with a suffix (`+json`), or
   * `"any"`, with which a body needs no content type. A request without a body needs none in any case. Default:
   * `["application/json", "+json"]`.
   */
  readonly contentTypes?: readonly string[] | "any" | undefined;
  /**
   * Methods that are answered, in upper case: methods are case-sensitive (RFC 9110, section 9.1).
   * Default: `["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]`.
   */
  readonly methods?: readonly string[] | undefined;
  /**
   * Whether a body with `Content-Encoding` (gzip, deflate, br or zstd, up to three of them) is
   * decompressed, each coding to `maxBytes` at most. Otherwise it is refused.
   * Default: `false`.
   */
  readonly decompress?: boolean | undefined;
  /**
   * Number of records of one event. An event source mapping delivers 10,000 at most, Amazon Data
   * Firehose, which counts bytes only, perhaps some more.
   * Default: 50,000.
   */
  readonly maxRecords?: number | undefined;
  /**
   * What becomes of a record that exceeds a limit: `report` answers it as failed, so that its source
   * delivers it again or moves it aside; `drop` answers it as done; `fail` fails the whole batch.
   * Default: `report` for SQS, Kinesis, DynamoDB and Firehose, `fail` for any other.
   */
  readonly onInvalidRecord?: RecordDisposition | undefined;
}

/**
 * Refuses an HTTP request that is larger, deeper or of another kind than the application expects,
 * before anything parses it; takes such records out of a batch; and refuses any event that is too
 * deep, has too many keys, or has a name that reaches a prototype.
 *
 * ```ts
 * export const handler = middy()
 *   .use(payloadGuard({ maxBytes: 65_536, methods: ["GET", "POST"] }))
 *   .use(jsonBodyParser())
 *   .handler(createOrder);
 * ```
 *
 * @throws TypeError when an option is unknown or wrong (at construction).
 * @throws PublicError 400, 405, 413, 414, 415, 422 or 431 from `before`.
 */
export function payloadGuard(options: PayloadGuardOptions = {}): MiddlewareObj {
  checkOptions(SOURCE, options, RULES);
  const {
    contentTypes = ["application/json", "+json"],
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    decompress = false,
  } = options;
  const limits = limitsOf(options);
  const bodyRules: BodyRules = {
    limits,
    contentTypes: contentTypes === "any" ? "any" : contentTypes.map((type) => type.toLowerCase()),
    decompressor: decompress ? zlibDecompressor(limits.maxBytes) : undefined,
  };
  const allowed = new Set(methods);
  const envelope = envelopeOf(limits);
  const recordRules: RecordRules = {
    // A message of one's own systems may be one long string, such as a file in base64.
    limits: { ...limits, maxStringLength: options.maxStringLength ?? Number.POSITIVE_INFINITY },
    envelope,
    disposition: options.onInvalidRecord,
  };
  /** A direct call has no envelope: its event is the payload. */
  const direct: Limits = { ...envelope, maxDepth: limits.maxDepth, maxKeys: limits.maxKeys };

  return {
    before: function payloadGuardBefore(request: Request): unknown {
      const { eventSource, http } = invocationOf(request);
      if (isRecordSource(eventSource)) return checkRecords(request, eventSource, recordRules);
      checkEvent(request, eventSource === "direct" ? direct : envelope, envelope);
      if (http !== undefined) {
        checkMethod(request, allowed);
        checkHead(request, limits);
        checkBody(request, bodyRules);
      } else if (readsStatus(eventSource)) {
        checkMessage(request, limits);
      }
      return undefined;
    },
    after: function payloadGuardAfter(request: Request): void {
      completeBatchResponse(request);
      tellOfLostTrigger(request);
    },
    onError: function payloadGuardOnError(request: Request): void {
      // Another middleware may yet make a partial batch response of the failure.
      settle(request, completeFailureResponse);
    },
  };
}

export default payloadGuard;

interface MethodFields {
  readonly httpMethod?: unknown;
  readonly requestContext?: { readonly http?: { readonly method?: unknown } };
}

/** @throws PublicError 405; Error for the log, when there is no method since the event is another one now. */
function checkMethod(request: Request, allowed: ReadonlySet<unknown>): void {
  const { httpMethod, requestContext } = Object(request.event) as MethodFields;
  const { eventSource } = invocationOf(request);
  if (allowed.has(isFormat2(eventSource) ? requestContext?.http?.method : httpMethod)) return;
  expectStill(eventSource, request.event, SOURCE);
  const headers = { allow: [...allowed].join(", ") };
  rejectChoice(request, 405, "method_not_allowed", "method", headers);
}
