import { describe, expect, it } from "vitest";
import { needlessLimits, withLimits } from "../src/harness/limits.ts";
import type { Row } from "../src/harness/report.ts";

const valid: Row = {
  what: "valid: harden()",
  unit: "us",
  ours: 8,
  peer: { name: "official + Powertools", figure: 10 },
  budget: 0.6,
};

describe("the limit of a row", () => {
  it("is found by its group, its words and its peer", () => {
    const other = { ...valid, peer: { name: "someone else", figure: 10 } };
    const { rows } = withLimits({ group: "warm: a request", rows: [valid, other] });
    expect(rows.map(({ limit }) => typeof limit)).toEqual(["number", "undefined"]);
    const elsewhere = withLimits({ group: "another: a request", rows: [valid] });
    expect(elsewhere.rows[0]?.limit).toBeUndefined();
    const alone = { ...valid, what: "core, own code", peer: undefined };
    expect(withLimits({ group: "size", rows: [alone] }).rows[0]?.limit).toBeGreaterThan(0);
  });

  it("is named when no row with a budget has it", () => {
    const key = "valid: harden() / official + Powertools";
    expect(needlessLimits({ group: "warm", rows: [valid] })).not.toContain(key);
    expect(needlessLimits({ group: "warm", rows: [{ ...valid, budget: undefined }] })).toContain(
      key,
    );
    expect(needlessLimits({ group: "warm", rows: [] })).toContain(key);
    expect(needlessLimits({ group: "a group without limits", rows: [] })).toEqual([]);
  });
});
