import type { RecordDisposition } from "@middy-hardening/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { base64, changes, deliver, delivery, partition, payloads, queue, shard } from "./batch.ts";

const record = z.strictObject({ n: z.int() });

/** Bodies that the schema takes and bodies that it does not. */
const body = fc.oneof(
  fc.integer().map((n) => JSON.stringify({ n })),
  fc.constantFrom("{", "", '{"n":"x"}', '{"__proto__":{}}', '{"n":1,"m":2}', "null", '"\\ud800"'),
  fc.json({ maxDepth: 3 }),
);
const isValid = (text: string): boolean => {
  try {
    return record.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
};
const bodies = fc.array(body, { minLength: 1, maxLength: 12 });
const disposition = fc.constantFrom<RecordDisposition>("report", "drop", "fail");

const reported = (response: unknown): unknown[] =>
  (
    (response as { batchItemFailures?: { itemIdentifier: unknown }[] } | null)?.batchItemFailures ??
    []
  ).map(({ itemIdentifier }) => itemIdentifier);

describe("over any batch", () => {
  it("each message of a queue is handled as a valid one, reported, dropped or failed, and no two of these", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, disposition, async (texts, onInvalidRecord) => {
        const answer = await deliver({ record, onInvalidRecord }, queue(...texts));
        const ids = (isWanted: boolean): string[] =>
          texts.flatMap((text, index) => (isValid(text) === isWanted ? [String(index + 1)] : []));
        const bad = ids(false);
        if (onInvalidRecord === "fail" && bad.length > 0) {
          expect([answer.event, answer.error]).toEqual([
            undefined,
            `PublicError: Record ${bad[0]} is not valid.`,
          ]);
          return;
        }
        expect(payloads(answer, "messageId")).toEqual(ids(true));
        expect(reported(answer.response)).toEqual(onInvalidRecord === "report" ? bad : []);
        expect(answer.told).toHaveLength(bad.length);
      }),
      { numRuns: 200 },
    );
  });

  it("a FIFO queue keeps the order of each message group, and nothing overtakes", async () => {
    const messages = fc.array(fc.tuple(body, fc.constantFrom("a", "b", "c")), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(messages, async (sent) => {
        const event = queue(...sent.map(([text]) => text));
        for (const [index, message] of event.Records.entries()) {
          message["eventSourceARN"] = "arn:aws:sqs:eu-west-1:123456789012:orders.fifo";
          message["attributes"] = { MessageGroupId: sent[index]?.[1] };
        }
        const answer = await deliver({ record }, event);
        const broken = new Set<string>();
        const expected = sent.flatMap(([text, group], index) => {
          if (!isValid(text)) broken.add(group);
          return broken.has(group) ? [] : [String(index + 1)];
        });
        expect(payloads(answer, "messageId")).toEqual(expected);
        const ids = sent.map((_one, index) => String(index + 1));
        expect(reported(answer.response)).toEqual(ids.filter((id) => !expected.includes(id)));
      }),
      { numRuns: 200 },
    );
  });

  it("a shard is handled up to its first bad record, and goes on from there", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (texts) => {
        const answer = await deliver({ record }, shard(...texts));
        const first = texts.findIndex((text) => !isValid(text));
        const handled = first === -1 ? texts : texts.slice(0, first);
        expect(payloads(answer, "kinesis")).toHaveLength(handled.length);
        expect(reported(answer.response)).toEqual(first === -1 ? [] : [String(first + 1)]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("no content of a record", () => {
  const makers = { queue, shard, delivery, partition };

  it.each(Object.entries(makers))(
    "of a %s makes it fail but by refusing that record",
    async (_name, make) => {
      const payload = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }), fc.uint8Array());
      await fc.assert(
        fc.asyncProperty(
          fc.array(payload),
          disposition,
          fc.constantFrom("json", "text", "gzip-json"),
          async (contents, onInvalidRecord, recordType) => {
            const options = { record, onInvalidRecord, recordType } as const;
            const { error = "" } = await deliver(options, make(...contents));
            // Nothing sent is something that no service sends.
            const isNothing = contents.length === 0 && make === queue;
            expect(error).toMatch(
              isNothing || make === shard
                ? /^$|^PublicError|expected an event of records/
                : /^$|^PublicError/,
            );
          },
        ),
        { numRuns: 150 },
      );
    },
  );

  it("of a table makes it fail but by refusing that record, whatever stands for its images", async () => {
    const attribute = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.record({ S: fc.string() }),
        fc.record({ N: fc.oneof(fc.string(), fc.double().map(String), fc.bigInt().map(String)) }),
        fc.record({ B: fc.oneof(fc.string(), fc.string().map(base64)) }),
        fc.record({ NS: fc.array(fc.oneof(fc.integer().map(String), fc.string())) }),
        fc.record({ L: fc.array(tie("value")) }),
        fc.record({ M: fc.dictionary(fc.string(), tie("value")) }),
        fc.jsonValue(),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), attribute), { minLength: 1 }),
        async (images) => {
          const event = changes(...images.map((NewImage) => ({ NewImage })));
          const answer = await deliver({ record: z.unknown(), onInvalidRecord: "drop" }, event);
          expect(answer.error).toBeUndefined();
          const handled = payloads(answer, "dynamodb");
          expect(handled.length + answer.told.length).toBe(images.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is changed by a number of DynamoDB that is not exactly what was written", async () => {
    const digits = fc.tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }), fc.nat(20));
    await fc.assert(
      fc.asyncProperty(digits, async ([isNegative, whole, scale]) => {
        const padded = String(whole).padStart(scale + 1, "0");
        const fraction = scale === 0 ? "" : padded.slice(-scale).replace(/0+$/, "");
        const text = `${isNegative && whole > 0n ? "-" : ""}${scale === 0 ? padded : padded.slice(0, -scale)}${fraction && `.${fraction}`}`;
        const seen: unknown[] = [];
        const schema = z.unknown().check(({ value }) => void seen.push(value));
        await deliver({ record: schema }, changes({ Keys: { id: { N: text } } }));
        const [{ Keys }] = seen as [{ Keys: { id: number | bigint | string } }];
        const { id } = Keys;
        // Small numbers are written with an exponent.
        const written =
          typeof id === "number" && /e/.test(String(id))
            ? id.toFixed(20).replace(/0+$/, "")
            : String(id);
        expect(Number(written)).toBe(Number(text));
        if (!/e/.test(String(id))) expect(written).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
