import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floodControl } from "../src/flood-control.ts";

const options = fc.record({
  burst: fc.integer({ min: 0, max: 5 }),
  windowMs: fc.integer({ min: 1, max: 1000 }),
  sampleRate: fc.double({ min: 0, max: 1, noNaN: true }),
});

const line = fc.record({
  key: fc.constantFrom("a", "b", "c"),
  // Mostly forward, sometimes back: clocks are set.
  stepMs: fc.integer({ min: -500, max: 1500 }),
});

describe("flood control", () => {
  it("tells of every line exactly once, whatever comes when", () => {
    fc.assert(
      fc.property(options, fc.array(line, { maxLength: 300 }), (given, lines) => {
        const control = floodControl("test", given, "others");
        const told: Record<string, number> = {};
        const tell = (key: string, count: number): void => {
          told[key] = (told[key] ?? 0) + count;
        };
        const expected: Record<string, number> = {};
        let now = 1_000_000;
        for (const { key, stepMs } of lines) {
          now += stepMs;
          for (const { kind, count } of control.takeOver(now)) tell(kind, count);
          expected[key] = (expected[key] ?? 0) + 1;
          const leftOut = control.admit(key, key, now);
          if (leftOut === false) continue;
          tell(key, 1 + (leftOut?.count ?? 0));
        }
        for (const { kind, count } of control.takeOver(Number.POSITIVE_INFINITY)) tell(kind, count);

        expect(told).toEqual(expected);
        expect(control.takeOver(Number.POSITIVE_INFINITY)).toEqual([]);
      }),
    );
  });

  it("tells of the kinds that are too many to tell apart as one, and by no line of theirs", () => {
    const control = floodControl("test", { burst: 1, sampleRate: 0.25 }, "others");
    for (let index = 0; index < 128; index++) control.admit(`known ${index}`, "known", 0);
    const printed = Array.from({ length: 9 }, (_, index) =>
      control.admit(`new ${index}`, "new", 0),
    );

    const left = false;
    expect(printed).toEqual([undefined, left, left, left, undefined, left, left, left, undefined]);
    expect(control.takeOver(60_000)).toEqual([{ kind: "others", count: 6, since: 0, until: 0 }]);
  });

  it("prints at most a burst and its share in one window", () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 0, max: 500 }), (given, count) => {
        const control = floodControl("test", given, "others");
        let printed = 0;
        for (let index = 0; index < count; index++) {
          if (control.admit("a", "a", 0) !== false) printed += 1;
        }
        const interval = Math.round(1 / given.sampleRate);
        expect(printed).toBeLessThanOrEqual(given.burst + Math.ceil(count / interval));
      }),
    );
  });
});
