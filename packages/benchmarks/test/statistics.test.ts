import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fittedExponent, median } from "../src/harness/statistics.ts";

describe("median", () => {
  it("is the middle one of an odd number of figures, in whatever order", () => {
    expect(median([30, 10, 20])).toBe(20);
  });

  it("is half-way between the two in the middle of an even number", () => {
    expect(median([4, 1, 2, 100])).toBe(3);
  });

  it("is not moved by one round that was interrupted", () => {
    expect(median([10, 11, 12, 11, 5000])).toBe(11);
  });

  it("has no more than half of the figures above it, and no more below", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (figures) => {
        const middle = median(figures);
        const above = figures.filter((figure) => figure > middle).length;
        const below = figures.filter((figure) => figure < middle).length;
        expect(Math.max(above, below)).toBeLessThanOrEqual(figures.length / 2);
      }),
    );
  });

  it("does not invent a figure where there is none", () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe("fittedExponent", () => {
  const sizes = [1, 10, 100, 1000];
  const costs = (law: (size: number) => number) => sizes.map((size) => ({ size, cost: law(size) }));

  it("is 0 for what costs the same at any size", () => {
    expect(fittedExponent(costs(() => 7))).toBeCloseTo(0);
  });

  it("is 1 for what costs twice as much at twice the size, whatever the factor", () => {
    expect(fittedExponent(costs((size) => 0.003 * size))).toBeCloseTo(1);
  });

  it("is 2 for what is quadratic", () => {
    expect(fittedExponent(costs((size) => 5 * size ** 2))).toBeCloseTo(2);
  });

  it("tells n log n from linear", () => {
    const exponent = fittedExponent(costs((size) => size * Math.log(size + 1)));
    expect(exponent).toBeGreaterThan(1.1);
    expect(exponent).toBeLessThan(2);
  });

  it("wants costs of two sizes at least", () => {
    const same = [
      { size: 5, cost: 1 },
      { size: 5, cost: 2 },
    ];
    expect(() => fittedExponent(same)).toThrow("two sizes");
  });
});
