import { isPublicError, Secret } from "@middy-hardening/core";
import { type LocalAws, startLocalAws } from "@middy-hardening/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kmsDecryptor } from "../src/index.ts";
import { isPointer, parsePointer, placesOf } from "../src/json-pointer.ts";
import { run } from "./support.ts";

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({ keys: ["alias/orders"] });
});
afterAll(() => aws.close());

const HOSTILE = ["__proto__", "constructor", "prototype", "toString", "length", "*", "0", "", "~1"];
const key = fc.oneof(fc.constantFrom(...HOSTILE), fc.string());
const escapeSegment = (segment: string): string =>
  segment.replaceAll("~", "~0").replaceAll("/", "~1");
const pointerTo = (path: readonly string[]): string =>
  path.map((segment) => `/${escapeSegment(segment)}`).join("");

/** JSON text, since only so can an event have an own `__proto__`. */
const json = fc.json({ maxDepth: 4 });

const refuse = (): never => {
  throw new Error("text on the way");
};

test("a pointer to a path leads to the value at that path and nowhere else", () => {
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 6 }), fc.jsonValue(), (path, value) => {
      const root = path.reduceRight<unknown>(
        (inner, segment) =>
          Object.defineProperty({}, segment, {
            value: inner,
            enumerable: true,
            configurable: true,
            writable: true,
          }),
        value,
      );
      const pointer = pointerTo(path);
      expect(isPointer(pointer)).toBe(true);
      expect(parsePointer(pointer)).toEqual(path);
      const places = [...placesOf(root as object, path, refuse)];
      expect(places).toHaveLength(1);
      expect(places[0]?.value).toBe(value);
    }),
  );
});

test("a pointer leads to own properties only, whatever the event", () => {
  fc.assert(
    fc.property(json, fc.array(key, { minLength: 1, maxLength: 5 }), (text, path) => {
      const root = Object(JSON.parse(text)) as object;
      try {
        for (const { holder, key: name, value } of placesOf(root, path, refuse)) {
          expect(Object.getOwnPropertyDescriptor(holder, name)?.value).toBe(value);
        }
      } catch (error) {
        expect((error as Error).message).toBe("text on the way");
      }
    }),
  );
});

test("text that is no pointer is told apart without slowness", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const isWellFormed = text.startsWith("/") && !/~(?![01])/.test(text);
      expect(isPointer(text)).toBe(isWellFormed);
    }),
  );
  expect(isPointer(`${"/~0a".repeat(100_000)}~`)).toBe(false);
});

test("no event makes the decryptor throw anything but its own error, or changes a prototype", async () => {
  const middleware = kmsDecryptor({
    fields: {
      "/__proto__/x": {},
      "/*/constructor": { encryptionContext: { a: "/*/__proto__" } },
      "/a/*/b": { encryptionContext: { tenant: "/a/*/tenant" } },
      "/a": { keyId: "alias/orders" },
      "/": {},
    },
    clientConfig: aws.clientConfig,
    timeoutMs: 1_000,
  });
  const hostile = fc.oneof(
    json,
    fc
      .array(fc.tuple(fc.constantFrom("__proto__", "constructor", "a", "b", "tenant", ""), json))
      .map((pairs) => `{${pairs.map(([name, value]) => `"${name}":${value}`).join(",")}}`),
    fc.base64String().map((text) => JSON.stringify({ a: text })),
  );
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const { error, handled } = await run(middleware, text, (event) =>
        event?.a instanceof Secret ? "decrypted" : "absent",
      );
      if (error !== undefined) {
        expect(isPublicError(error)).toBe(true);
        expect(error).toMatchObject({ statusCode: 422 });
      }
      expect(handled).toBe(error === undefined ? 1 : 0);
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
