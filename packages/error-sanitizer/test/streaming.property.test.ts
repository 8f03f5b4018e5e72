import { Readable } from "node:stream";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import { Secret } from "@middy-hardening/core";
import {
  httpEvent,
  invokeStream,
  provideAwsLambda,
  type StreamOutcome,
} from "@middy-hardening/testing";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { errorSanitizer } from "../src/index.ts";

const provided = provideAwsLambda();
afterAll(() => provided[Symbol.dispose]());

const event = httpEvent("function-url");
const secret = "Zitronenfalter über Köln";

function answer(chunks: Iterable<Buffer>): Promise<StreamOutcome> {
  const handler = middy({ executionMode: executionModeStreamifyResponse })
    .use(errorSanitizer())
    .handler(() => ({ statusCode: 200, body: Readable.from(chunks) }));
  return invokeStream(handler as never, event);
}

/** Bytes divided at these places. */
function* divided(bytes: Buffer, places: readonly number[]): Generator<Buffer> {
  let start = 0;
  for (const place of [...places, bytes.length].toSorted((a, b) => a - b)) {
    if (place > start && place <= bytes.length) yield bytes.subarray(start, place);
    start = Math.max(start, Math.min(place, bytes.length));
  }
}

const places = fc.array(fc.nat(400), { maxLength: 40 });
const harmless = fc.string({ unit: "binary", maxLength: 200 }).map((text) => `${text}.`);

test("text that leaks nothing arrives as it is, however it is divided", () =>
  fc.assert(
    fc.asyncProperty(harmless, places, async (text, cuts) => {
      const bytes = Buffer.from(text);
      const { chunks, isCut } = await answer(divided(bytes, cuts));
      expect([Buffer.concat(chunks), isCut]).toEqual([bytes, false]);
    }),
    { numRuns: 60 },
  ));

test("a secret never arrives as a whole, wherever it stands and however it is divided", () =>
  fc.assert(
    fc.asyncProperty(harmless, harmless, places, async (before, after, cuts) => {
      using _kept = new Secret("database", secret);
      const { body, isCut, statusCode } = await answer(
        divided(Buffer.from(before + secret + after), cuts),
      );
      expect(body).not.toContain(secret);
      expect(isCut || statusCode === 500).toBe(true);
    }),
    { numRuns: 60 },
  ));
