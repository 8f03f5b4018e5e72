import { describe, expect, it } from "vitest";
import {
  type Batch,
  inProcess,
  inProcessAsync,
  interleave,
  lastResult,
} from "../src/harness/interleave.ts";

const effort = { rounds: 4, batchMs: 10, warmUpMs: 0 };

/** Work that is told to take so long, and who did it when. */
const toldToTake =
  (microseconds: number, name: string, turns: string[]): Batch =>
  (iterations) => {
    turns.push(name);
    return (iterations * microseconds) / 1000;
  };

describe("interleave", () => {
  it("gives the microseconds of one iteration, by contestant", async () => {
    const turns: string[] = [];
    const figures = await interleave(
      { fast: toldToTake(2, "fast", turns), slow: toldToTake(50_000, "slow", turns) },
      effort,
    );
    expect(figures.fast).toBeCloseTo(2);
    expect(figures.slow).toBeCloseTo(50_000);
  });

  it("lets each one begin a round in its turn", async () => {
    const turns: string[] = [];
    const contestants = Object.fromEntries(
      ["a", "b", "c"].map((name) => [name, toldToTake(20_000, name, turns)]),
    );
    await interleave(contestants, { ...effort, rounds: 3 });
    expect(turns.slice(-9).join("")).toBe("abcbcacab");
  });

  it("takes the median: one round that was disturbed does not count", async () => {
    let calls = 0;
    const disturbed: Batch = (iterations) => (++calls === 3 ? 1e6 : iterations * 20);
    const figures = await interleave({ disturbed }, { ...effort, rounds: 5 });
    expect(figures.disturbed).toBeCloseTo(20_000);
  });
});

describe("a batch in this process", () => {
  it("does the work as often as it is told, and keeps what it returned", () => {
    let count = 0;
    expect(inProcess(() => ++count)(5)).toBeTypeOf("number");
    expect(lastResult()).toBe(5);
  });

  it("awaits work that takes time, one after the other", async () => {
    let running = 0;
    let most = 0;
    let count = 0;
    await inProcessAsync(async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return ++count;
    })(4);
    expect([most, lastResult()]).toEqual([1, 4]);
  });
});
