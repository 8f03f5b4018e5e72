import { describe, expect, it } from "vitest";
import {
  areMet,
  budgetsOf,
  type Row,
  ratiosOf,
  tableOf,
  verdictOf,
} from "../src/harness/report.ts";

const row = (changes: Partial<Row> = {}): Row => ({
  what: "scan",
  unit: "us",
  ours: 4,
  peer: { name: "JSON.parse", figure: 10 },
  budget: 0.4,
  ...changes,
});

describe("a verdict", () => {
  it("is met by a ratio that is just the budget", () => {
    expect(verdictOf(row(), 1)).toBe("met");
  });

  it("is missed by a ratio above it", () => {
    expect(verdictOf(row({ ours: 4.1 }), 1)).toBe("missed");
  });

  it("is of the figure itself where there is no peer", () => {
    const exponent = row({ unit: "exponent", ours: 1.2, peer: undefined, budget: 1.1 });
    expect(verdictOf(exponent, 1)).toBe("missed");
    expect(verdictOf({ ...exponent, ours: 1 }, 1)).toBe("met");
  });

  it("is not given on what is told for information", () => {
    expect(verdictOf(row({ budget: undefined }), 1)).toBe("");
  });

  it("allows more of what is timed when the run was quick", () => {
    expect(verdictOf(row({ ours: 5 }), 1.3)).toBe("met");
    expect(verdictOf(row({ ours: 5.3 }), 1.3)).toBe("missed");
  });

  it("allows no more of what is counted, however quick the run was", () => {
    const size = row({ unit: "bytes", ours: 6145, peer: undefined, budget: 6144 });
    expect(verdictOf(size, 1.3)).toBe("missed");
  });

  it("is over the budget within the limit that is accepted in its place", () => {
    const known = row({ limit: 0.5 });
    expect(verdictOf({ ...known, ours: 4 }, 1)).toBe("met");
    expect(verdictOf({ ...known, ours: 5 }, 1)).toBe("over");
    expect(verdictOf({ ...known, ours: 5.1 }, 1)).toBe("missed");
    expect(verdictOf({ ...known, ours: 6.5 }, 1.3)).toBe("over");
    expect(verdictOf({ ...known, ours: Number.NaN }, 1)).toBe("missed");
  });

  it("is missed by a figure that could not be measured", () => {
    expect(verdictOf(row({ ours: Number.NaN }), 1)).toBe("missed");
  });
});

describe("all budgets", () => {
  it("are met when none is missed, those without a budget aside", () => {
    const report = { group: "scan", rows: [row(), row({ ours: 99, budget: undefined })] };
    expect(areMet([report], 1)).toBe(true);
  });

  it("are not met when a single one of a later group is missed", () => {
    const good = { group: "scan", rows: [row()] };
    const bad = { group: "size", rows: [row(), row({ ours: 5 })] };
    expect(areMet([good, bad], 1)).toBe(false);
  });
});

describe("a table", () => {
  it("has ours, the peer, the floor, the ratio, the budget and the verdict of each row", () => {
    const rows = [
      row({ floor: 1.5, limit: 0.45 }),
      row({ what: "package", unit: "bytes", ours: 7000.4, peer: undefined, budget: 6144 }),
      row({ what: "growth", unit: "exponent", ours: 1.0412, peer: undefined, budget: undefined }),
      row({ what: "load", unit: "ms", ours: 123.4, budget: undefined }),
      row({ what: "stampede", unit: "calls", ours: 1, peer: undefined, budget: 1 }),
    ];
    expect(tableOf({ group: "some", rows }, 1).split("\n")).toEqual([
      "some",
      "             ours     peer                floor  ratio  budget  limit",
      "scan      4.00 us  10.0 us  JSON.parse  1.50 us   0.40    0.40   0.45  met",
      "package    7000 B                                       6144 B         missed",
      "growth       1.04",
      "load       123 ms  10.0 ms  JSON.parse           12.34",
      "stampede        1                                            1         met",
    ]);
  });
});

describe("a table for the README", () => {
  it("has what is judged, as a ratio or as it is counted, and no times", () => {
    const rows = [
      row({ limit: 0.45 }),
      row({ ours: 99, budget: undefined }),
      row({ what: "package", unit: "bytes", ours: 7000, peer: undefined, budget: 6144 }),
    ];
    expect(budgetsOf({ group: "some", rows })).toBe(
      [
        "| | beside | measured | budget | limit | |",
        "| --- | --- | ---: | ---: | ---: | --- |",
        "| scan | JSON.parse | 0.40 | 0.40 | 0.45 | met |",
        "| package |  | 7000 B | 6144 B |  | missed |",
      ].join("\n"),
    );
  });

  it("has every comparison, those without a budget too, and nothing that has no peer", () => {
    const rows = [
      row(),
      row({ what: "other", ours: 99, budget: undefined }),
      row({ what: "package", unit: "bytes", ours: 7000, peer: undefined }),
    ];
    expect(ratiosOf({ group: "some", rows })).toBe(
      [
        "| | beside | ratio | budget |",
        "| --- | --- | ---: | ---: |",
        "| scan | JSON.parse | 0.40 | 0.40 |",
        "| other | JSON.parse | 9.90 |  |",
      ].join("\n"),
    );
  });
});
