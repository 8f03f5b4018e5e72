/**
 * Redacting a log record, and making JSON of it.
 *
 * @module
 */
import { createRedactor } from "@middy-hardening/security-logger";
import slowRedact from "@pinojs/redact";
import fastRedact from "fast-redact";
import { inProcess, interleave } from "../harness/interleave.ts";
import type { Report, Row } from "../harness/report.ts";
import type { GroupSettings } from "../harness/settings.ts";
import { YARDSTICK_US, yardstick } from "../harness/yardstick.ts";

/** A record of so many entries, about 230 bytes each; a dirty one has secrets among them. */
function recordOf(entries: number, isDirty: boolean): object {
  return {
    level: "INFO",
    message: "An order was placed.",
    timestamp: "2026-01-05T09:30:12.345Z",
    user: { id: "u-1029", password: isDirty ? "correct horse battery" : "" },
    entries: Array.from({ length: entries }, (_, index) => ({
      id: index,
      path: `/orders/${index}/items?page=2`,
      description: "The customer asked for the parcel to be left at the door of the neighbour.",
      amount: 12.5,
      isGift: false,
      headers: {
        accept: "application/json",
        authorization: isDirty && index % 3 === 0 ? "Bearer abcdefghijklmnopqrstuvwxyz012345" : "",
      },
    })),
  };
}

const SIZES = { "0.5 KB": 1, "2 KB": 8, "20 KB": 88 };

/** What the peers are told beforehand, path by path; our redactor knows the names at any depth. */
const paths = ["user.password", "entries[*].headers.authorization"];

const SECRET_NAME = /^(?:password|authorization|cookie|secret|token)$/i;

const redactByReplacer = (record: object): string =>
  JSON.stringify(record, (name, value) =>
    SECRET_NAME.test(name) && value !== "" ? "[redacted]" : value,
  );

export async function measure({ effort }: GroupSettings): Promise<Report> {
  const { redact } = createRedactor();
  const fast = fastRedact({ paths });
  const slow = slowRedact({ paths });
  const rows: Row[] = [];
  for (const [size, entries] of Object.entries(SIZES)) {
    for (const state of ["clean", "dirty"]) {
      const record = recordOf(entries, state === "dirty");
      const redactors = {
        ours: () => JSON.stringify(redact(record)),
        fast: () => fast(record),
        slow: () => slow(record),
        replacer: () => redactByReplacer(record),
      };
      for (const [name, work] of Object.entries(redactors)) {
        if (/correct horse|Bearer/.test(String(work()))) throw new Error(`${name} kept a secret.`);
      }
      const figures = await interleave(
        {
          ours: inProcess(redactors.ours),
          fast: inProcess(redactors.fast),
          slow: inProcess(redactors.slow),
          replacer: inProcess(redactors.replacer),
          stringify: inProcess(() => JSON.stringify(record)),
          yardstick: inProcess(yardstick),
        },
        { ...effort, warmUpMs: effort.warmUpMs / 3 },
      );
      const what = `redact: ${size}, ${state}`;
      const { ours } = figures;
      const floor = figures.stringify;
      const unit = "us";
      rows.push(
        { what, ours, peer: { name: "recursive replacer", figure: figures.replacer }, floor, unit },
        {
          what,
          ours,
          peer: { name: "fast-redact, paths only", figure: figures.fast },
          floor,
          unit,
        },
        {
          what,
          ours,
          peer: { name: "@pinojs/redact, paths only", figure: figures.slow },
          floor,
          unit,
        },
      );
      if (size !== "2 KB") continue;
      const yard = { name: "JSON.parse of an order", figure: figures.yardstick };
      rows.push({ what, ours, peer: yard, floor, unit, budget: 25 / YARDSTICK_US });
    }
  }
  return { group: "redact: a log record as JSON without what is secret", rows };
}
