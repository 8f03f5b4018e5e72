/** No event makes the guard throw anything but its own refusal. */
import { gzipSync } from "node:zlib";
import type { Request } from "@middy/core";
import { isPublicError } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  HTTP_KINDS,
  httpEvent,
  lambdaContext,
} from "@middy-hardening/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type PayloadGuardOptions, payloadGuard } from "../src/index.ts";

const guards = [
  {},
  { contentTypes: "any", decompress: true },
  { contentTypes: "any", decompress: true, maxBytes: 20, maxDepth: 1, maxStringLength: 3 },
  { maxBytes: 20, maxHeaders: 3, maxUrlBytes: 20, maxQueryParameters: 1, maxDepth: 1 },
] satisfies PayloadGuardOptions[];

/** Runs the guard alone and gives the status of its refusal, or 200. */
function statusOf(options: PayloadGuardOptions, event: unknown): number {
  const request = {
    event,
    context: lambdaContext(),
    response: undefined,
    error: undefined,
    internal: {},
  } as unknown as Request;
  using captured = captureSecurityEvents();
  try {
    expect(payloadGuard(options).before?.(request)).toBeUndefined();
    expect(captured.events).toEqual([]);
    return 200;
  } catch (error) {
    if (!isPublicError(error)) throw error;
    expect(captured.events).toHaveLength(1);
    return error.statusCode;
  }
}

const anything = fc.jsonValue({ maxDepth: 3 });
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const body = fc.oneof(
  anything,
  fc.json(),
  fc.string(),
  fc.base64String(),
  bytes.map((buffer) => buffer.toString("base64")),
  bytes.map((buffer) => gzipSync(buffer).toString("base64")),
);
const header = fc.constantFrom(
  "content-type",
  "Content-Encoding",
  "content-length",
  "__proto__",
  "x",
);
const headerValue = fc.oneof(
  { arbitrary: anything, weight: 1 },
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      "application/json",
      "text/plain",
      "gzip",
      "br, gzip",
      "zstd",
      "deflate",
      "identity",
    ),
  },
);
const headers = fc
  .array(fc.tuple(header, headerValue))
  .map((entries) => Object.fromEntries(entries));
const texts = fc.dictionary(fc.string(), fc.string({ size: "medium" }));

/** Mostly what an integration could send, and now and then anything. */
const now = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<T | fc.JsonValue> =>
  fc.oneof({ arbitrary: usual, weight: 15 }, { arbitrary: anything, weight: 1 });

const hostileEvent = fc
  .record({
    kind: fc.constantFrom(...HTTP_KINDS),
    method: fc.constantFrom("GET", "POST", "POST", "POST", "TRACE"),
    fields: fc.record(
      {
        body: now(body),
        headers: now(headers),
        multiValueHeaders: now(headers),
        isBase64Encoded: now(fc.boolean()),
        cookies: now(fc.array(fc.string())),
        path: now(fc.string()),
        rawPath: now(fc.string()),
        rawQueryString: now(fc.string()),
        queryStringParameters: now(texts),
        multiValueQueryStringParameters: now(texts),
        httpMethod: now(fc.constant("POST")),
      },
      { requiredKeys: [] },
    ),
    requestContext: now(fc.constant({})),
  })
  .map(({ kind, method, fields, requestContext }) => {
    const event = httpEvent(kind, { method, path: "/orders?a=1", body: "{}" });
    const context = Object.assign({}, event.requestContext, requestContext);
    // As the runtime parses it, so that an own `__proto__` comes through.
    return JSON.parse(JSON.stringify({ ...event, ...fields, requestContext: context }));
  });

it("only ever refuses, whatever the fields of an HTTP event are", { timeout: 30_000 }, () => {
  const statuses = [200, 400, 405, 413, 414, 415, 431];
  fc.assert(
    fc.property(hostileEvent, fc.constantFrom(...guards), (event, options) => {
      expect(statuses).toContain(statusOf(options, event));
    }),
    { numRuns: 3_000 },
  );
});

it("lets every event pass that is not HTTP", () => {
  fc.assert(
    fc.property(anything, (event) => {
      fc.pre(!JSON.stringify(event).includes("__proto__")); // A name that fast-check likes.
      expect(statusOf({ maxBytes: 0, maxHeaders: 0 }, event)).toBe(200);
    }),
  );
});

it("gives the handler exactly the bytes that were compressed", () => {
  const guard = payloadGuard({ contentTypes: "any", decompress: true });
  fc.assert(
    fc.property(
      fc.oneof(
        bytes,
        fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text)),
      ),
      (sent) => {
        fc.pre(sent.length > 0);
        const event = httpEvent("api-gateway-rest", {
          method: "POST",
          headers: { "Content-Encoding": "gzip" },
          body: gzipSync(sent),
        });
        const plain = {
          ...event,
          headers: { ...event.headers, "Content-Type": "a/b" },
          multiValueHeaders: null,
        };
        const request = {
          event: plain,
          context: lambdaContext(),
          internal: {},
        } as unknown as Request;
        guard.before?.(request);
        const received = request.event as { body: string; isBase64Encoded: boolean };
        const encoding = received.isBase64Encoded ? "base64" : "utf8";
        expect(Buffer.from(received.body, encoding)).toEqual(sent);
      },
    ),
  );
});
