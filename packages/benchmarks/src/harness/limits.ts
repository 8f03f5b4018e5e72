/**
 * What the gate accepts in place of a budget that cannot be reached: so that it fails when the code
 * becomes slower or larger than it is, and not for what is known.
 *
 * A limit is a figure that was measured, with room for noise. It goes down when the code gets better,
 * and away when the budget is reached.
 *
 * @module
 */
import type { Report, Row } from "./report.ts";

const KIB = 1024;

/** By group, then by row, with its peer where there is one. Why each is there: the README of this package. */
const LIMITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // "Where the time goes" and "What a refusal costs".
  warm: {
    "valid: harden(), no log / official stack": 0.9,
    "valid: harden(), no log / hand-written": 1.5,
    "valid: harden() / official + Powertools": 0.75,
    "valid: harden(), Logger and Metrics / official + Powertools": 1.2,
    "refused (no log): invalid / valid, same size": 1.55,
    "refused (no log): all items invalid / valid, same size": 2.1,
    "refused (no log): unknown keys / valid, same size": 1.95,
    "refused (logging): invalid / valid, same size": 1.45,
    "refused (logging): all items invalid / valid, same size": 1.95,
    "refused (logging): unknown keys / valid, same size": 2.5,
    "refused (logging): forbidden name / valid, same size": 1.35,
  },
  // "Size".
  size: {
    "core, own code": 28.5 * KIB,
    "error-sanitizer, own code": 15.5 * KIB,
    "input-validator, own code": 15.5 * KIB,
    "kms-decryptor, own code": 13.5 * KIB,
    "payload-guard, own code": 19 * KIB,
    "secrets-loader, own code": 9 * KIB,
    "security-headers, own code": 7.5 * KIB,
    "security-logger, own code": 54.5 * KIB,
    "timeout-guard, own code": 16.5 * KIB,
    "harden(), Middy and zod/mini": 152 * KIB,
    "harden(), Middy, zod/mini, Logger and Metrics": 188 * KIB,
  },
  // "What the scan costs".
  scan: {
    "scan: flat, 6 MB / JSON.parse": 0.47,
  },
  // "Cold start".
  cold: {
    "first request: harden() / official + Powertools": 0.75,
    "first request: harden(), Logger and Metrics / official + Powertools": 1.05,
    "first request: harden(), secret and KMS value / bare SDK calls": 1.5,
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

/** Limits that no row of the report has any more: they have to go. */
export function needlessLimits(report: Report): string[] {
  const limits = LIMITS[nameOf(report)] ?? {};
  return Object.keys(limits).filter(
    (key) => !report.rows.some((row) => keyOf(row) === key && row.budget !== undefined),
  );
}
