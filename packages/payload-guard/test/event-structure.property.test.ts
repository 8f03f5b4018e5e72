/** The walk over an event, against a plain recursive one. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { structureFault } from "../src/event-structure.ts";

const unlimited = {
  maxDepth: Infinity,
  maxKeys: Infinity,
  maxArrayLength: Infinity,
  maxStringLength: Infinity,
};

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0;

const all = (value: unknown): unknown[] =>
  typeof value === "object" && value !== null
    ? [value, ...Object.values(value).flatMap(all)]
    : [value];

const objectsIn = (value: unknown): object[] =>
  all(value).filter((part) => typeof part === "object" && part !== null) as object[];

const keysOf = (value: unknown): string[] =>
  objectsIn(value).flatMap((part) => (Array.isArray(part) ? [] : Object.keys(part)));

const longest = (lengths: readonly number[]): number => Math.max(0, ...lengths);

/** What the runtime gives to a handler. */
const documents = fc.json({ maxDepth: 6 }).map((text): unknown => JSON.parse(text));

it("keeps each limit exactly", () => {
  fc.assert(
    fc.property(documents, (document) => {
      fc.pre(!keysOf(document).includes("__proto__"));
      const parts = all(document);
      const measures = {
        maxDepth: depthOf(document),
        maxKeys: keysOf(document).length,
        maxArrayLength: longest(parts.filter(Array.isArray).map((list) => list.length)),
        maxStringLength: longest(
          [...keysOf(document), ...parts].map((part) =>
            typeof part === "string" ? part.length : 0,
          ),
        ),
      };
      expect(structureFault(document, measures)).toBeUndefined();
      for (const [name, measure] of Object.entries(measures)) {
        if (measure === 0) continue;
        expect(structureFault(document, { ...unlimited, [name]: measure - 1 })).toBe(name);
      }
    }),
  );
});

it("finds __proto__ wherever it is", () => {
  fc.assert(
    fc.property(documents, fc.nat(), (document, seed) => {
      const places = objectsIn(document).filter((part) => !Array.isArray(part));
      fc.pre(places.length > 0);
      const place = places[seed % places.length] as object;
      Object.defineProperty(place, "__proto__", { value: 1, enumerable: true });
      expect(structureFault(document, unlimited)).toBe("forbiddenName");
    }),
  );
});

it("leaves out what is measured elsewhere", () => {
  fc.assert(
    fc.property(documents, (document) => {
      const event = { Records: [document], more: 1 };
      const limits = { ...unlimited, maxDepth: 2, maxKeys: 2, maxStringLength: 7 };
      const isLeaf = typeof document !== "object" || document === null;
      const fault = structureFault(event, limits, new Set([document]));
      expect(fault).toBe(
        isLeaf && String(document).length > 7 && typeof document === "string"
          ? "maxStringLength"
          : undefined,
      );
    }),
  );
});
