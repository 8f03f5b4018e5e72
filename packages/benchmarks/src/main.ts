/**
 * `npm run bench -- [GROUP ...] [--quick] [--json FILE] [--readme]`: measures the groups (all, when none
 * is named), prints a table for each, and fails when a budget is missed. `--json` keeps the figures;
 * `--readme` puts the budgets of the groups into this package's README.
 *
 * @module
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { areMet, markdownOf, type Report, tableOf, verdictOf } from "./harness/report.ts";
import { QUICK_ALLOWANCE } from "./harness/settings.ts";

const GROUPS = ["warm", "size", "scan", "redact", "cold", "memory", "secrets", "growth"] as const;

const { values: options, positionals: named } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    readme: { type: "boolean", default: false },
  },
});
const unknown = named.filter((name) => !GROUPS.some((group) => group === name));
if (unknown.length > 0) {
  console.error(`There is no group "${unknown.join('", "')}". Groups: ${GROUPS.join(", ")}.`);
  process.exit(2);
}

const allowance = options.quick ? QUICK_ALLOWANCE : 1;
if (options.quick) console.log(`Quick: budgets of what is timed are widened by ${allowance}.\n`);
const reports: Report[] = [];
for (const name of named.length > 0 ? named : GROUPS) {
  const report = await runGroup(name);
  reports.push(report);
  console.log(`${tableOf(report, allowance)}\n`);
}
if (options.json !== undefined) {
  const { version: node, arch, platform } = process;
  const figures = { node, platform, arch, allowance, reports };
  writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`);
}
if (options.readme) {
  const path = fileURLToPath(new URL("../README.md", import.meta.url));
  let text = readFileSync(path, "utf8");
  for (const report of reports) {
    const mark = report.group.replace(/:.*/, "");
    const [begin, end] = [`<!-- ${mark} -->`, `<!-- end of ${mark} -->`];
    const [before = "", rest = ""] = text.split(begin);
    text = `${before}${begin}\n\n${markdownOf(report)}\n\n${end}${rest.split(end)[1] ?? ""}`;
  }
  writeFileSync(path, text);
}
const judgements = reports.flatMap(({ rows }) => rows.map((row) => verdictOf(row, allowance)));
const count = (verdict: string): number => judgements.filter((one) => one === verdict).length;
console.log(`budgets: ${count("met")} met, ${count("missed")} missed`);
process.exitCode = areMet(reports, allowance) ? 0 : 1;

async function runGroup(name: string): Promise<Report> {
  const child = fork(
    fileURLToPath(new URL("run-group.ts", import.meta.url)),
    [name, options.quick ? "quick" : "thorough"],
    { execArgv: [...process.execArgv, "--expose-gc"] },
  );
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`The group "${name}" ended with ${code}.`);
    }),
  ]);
  return message as Report;
}
