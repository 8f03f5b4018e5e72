/**
 * What is accepted in place of a budget that cannot be reached: so that the benchmark fails when the
 * code becomes slower or larger than it is, and not for what is known.
 *
 * A limit is a figure that was measured, with room for noise. It goes down when the code gets better,
 * and away when the budget is reached.
 *
 * @module
 */
import type { Report, Row } from "./report.ts";

const KIB = 1024;

/** By group, then by row, with its peer where there is one. Why each is there: README, "Budgets that are missed". */
const LIMITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  warm: {
    "valid: harden(), no log / official stack": 1.2,
    "valid: harden(), no log / hand-written": 2,
    "valid: harden() / official + Powertools": 0.95,
  },
  size: {
    "core, own code": 26 * KIB,
  },
};

export const nameOf = ({ group }: Report): string => group.replace(/:.*/, "");

const keyOf = ({ what, peer }: Row): string =>
  peer === undefined ? what : `${what} / ${peer.name}`;

/** The report with the limits of its rows. */
export function withLimits(report: Report): Report {
  const limits = LIMITS[nameOf(report)] ?? {};
  return { ...report, rows: report.rows.map((row) => ({ ...row, limit: limits[keyOf(row)] })) };
}

/** Limits that no row of the report has, or whose budget has been reached: they have to go. */
export function needlessLimits(report: Report): string[] {
  const limits = LIMITS[nameOf(report)] ?? {};
  return Object.keys(limits).filter(
    (key) => !report.rows.some((row) => keyOf(row) === key && row.budget !== undefined),
  );
}
