/** Events that no service sends: whatever they are, the guard has its own answer or none. */
import { gzipSync } from "node:zlib";
import middy from "@middy/core";
import { HTTP_KINDS, httpEvent, invoke } from "@middy-hardening/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { payloadGuard, responseGuard } from "../src/index.ts";
import { nested, queueEvent, shardEvent } from "./support.ts";

const order = '{"sku":"A-1"}';
const base64 = Buffer.from(order).toString("base64");

/** One event of each form, in which anything is then replaced. */
const EVENTS: readonly unknown[] = [
  queueEvent(order, nested(33), order),
  shardEvent(order, nested(33), order),
  { Records: [{ eventSource: "aws:s3", s3: { object: { key: "a" } } }] },
  { Records: [{ eventSource: "aws:ses", ses: { mail: { messageId: "1" } } }] },
  { Records: [{ EventSource: "aws:sns", Sns: { MessageId: "1", Message: order } }] },
  {
    Records: [
      {
        eventSource: "aws:dynamodb",
        dynamodb: { SequenceNumber: "1", NewImage: { a: { S: "" } } },
      },
    ],
  },
  {
    eventSource: "aws:kafka",
    records: { "t-0": [{ topic: "t", partition: 0, offset: 1, value: base64 }] },
  },
  {
    invocationId: "1",
    deliveryStreamArn: "arn",
    records: [{ recordId: "1", data: base64 }],
  },
  { id: "1", "detail-type": "t", source: "s", detail: { a: 1 } },
  { awslogs: { data: gzipSync(order).toString("base64") } },
  { requestContext: { connectionId: "c", eventType: "MESSAGE" }, body: order },
  { raw_path: "/", method: "POST", headers: {}, body: order, is_base64_encoded: false },
  { userPoolId: "1", triggerSource: "t", request: { userAttributes: {} } },
  ...HTTP_KINDS.map((kind) => httpEvent(kind, { method: "POST", body: order })),
];

interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

const placesIn = (value: unknown): Place[] =>
  typeof value === "object" && value !== null
    ? Object.keys(value).flatMap((name) => [
        { holder: value as Record<string, unknown>, name },
        ...placesIn((value as Record<string, unknown>)[name]),
      ])
    : [];

const replacements = fc.oneof(
  fc.json().map((text): unknown => JSON.parse(text)),
  fc.constantFrom<unknown>(
    null,
    -1,
    "",
    "\u0000",
    nested(40),
    [[]],
    { __proto__: null },
    undefined,
  ),
  fc.constantFrom(nested(40), '{"__proto__":{"a":1}}').map((text): unknown => JSON.parse(text)),
);

/** An event with some of its parts replaced, as its invoker sends it. */
const events = fc
  .tuple(
    fc.constantFrom(...EVENTS),
    fc.array(fc.tuple(fc.nat(), replacements), { minLength: 1, maxLength: 3 }),
  )
  .map(([event, changes]) => {
    const changed = structuredClone(event);
    for (const [seed, replacement] of changes) {
      const places = placesIn(changed);
      const place = places[seed % places.length];
      if (place !== undefined) place.holder[place.name] = structuredClone(replacement);
    }
    return changed;
  });

it("lets an event pass, or refuses it in words of its own", async () => {
  const names = fc.constantFrom("report", "drop", "fail", undefined);
  await fc.assert(
    fc.asyncProperty(events, names, async (event, onInvalidRecord) => {
      const handler = middy()
        .use([responseGuard(), payloadGuard({ onInvalidRecord, contentTypes: "any" })])
        .handler(async () => null);
      const { error } = await invoke(handler, event);
      if (error !== undefined) expect(error.errorType).toBe("PublicError");
    }),
    { numRuns: 3_000 },
  );
});

it("loses no record: each is given to the handler or reported, unless all of them fail", async () => {
  const payloads = fc.constantFrom(order, nested(33), "text", `{"a":${nested(32)}}`, "[1,2]");
  await fc.assert(
    fc.asyncProperty(fc.array(payloads, { minLength: 1, maxLength: 8 }), async (bodies) => {
      let received: readonly { readonly messageId: string }[] = [];
      const handler = middy()
        .use(payloadGuard())
        .handler(async (event: unknown) => {
          received = (event as { Records: typeof received }).Records;
          return { batchItemFailures: [] };
        });
      const { result } = await invoke(handler, queueEvent(...bodies));
      const { batchItemFailures } = result as { batchItemFailures: { itemIdentifier: string }[] };
      const all = [
        ...received.map(({ messageId }) => messageId),
        ...batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
      ];
      expect(all.sort()).toEqual(bodies.map((_, index) => `message-${index + 1}`));
    }),
    { numRuns: 300 },
  );
});
