/**
 * `npm run bench -- [GROUP ...] [--quick] [--json FILE] [--readme]`: measures the groups (all, when none
 * is named), prints a table for each, and fails when a budget is missed. `--quick` measures few rounds, widens
 * the budgets, and accepts the limit of one that cannot be reached; `--json` keeps the figures; `--readme` puts
 * them into this package's README and `docs/performance.md`, and the sizes of the packages into the
 * repository's README.
 *
 * @module
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nameOf, needlessLimits, withLimits } from "./harness/limits.ts";
import { withSizes, withTables } from "./harness/markdown.ts";
import { areMet, type Report, tableOf, verdictOf } from "./harness/report.ts";
import { QUICK_ALLOWANCE } from "./harness/settings.ts";

const GROUPS = ["warm", "size", "scan", "redact", "cold", "memory", "secrets", "growth"] as const;

/** What `--readme` writes: a table where a page has the marks of its group. */
const PAGES = ["../README.md", "../../../README.md", "../../../docs/performance.md"].map((page) =>
  fileURLToPath(new URL(page, import.meta.url)),
);

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

// Before minutes of measuring, not after them.
if (options.json !== undefined) mkdirSync(dirname(resolve(options.json)), { recursive: true });
const allowance = options.quick ? QUICK_ALLOWANCE : 1;
if (options.quick) {
  console.log(
    `Quick: budgets of what is timed are widened by ${allowance}, those that cannot be reached are judged by their limit, and fewer rows are measured.\n`,
  );
}
const reports: Report[] = [];
for (const name of named.length > 0 ? named : GROUPS) {
  let report = await measure(name);
  if (options.quick && !areMet([report], allowance)) {
    // Few rounds on a machine that does other work: what is slow is slow again.
    console.log(`${tableOf(report, allowance)}\n\nMeasured once more:\n`);
    report = await measure(name);
  }
  reports.push(report);
  console.log(`${tableOf(report, allowance)}\n`);
}
if (options.json !== undefined) {
  const { version: node, arch, platform } = process;
  const figures = { node, platform, arch, allowance, reports };
  writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`);
}
const sizes = reports.find((report) => nameOf(report) === "size");
const withOwnSizes = (text: string): string =>
  sizes === undefined ? text : withSizes(text, sizes);
const pages = PAGES.map((path) => ({ path, text: readFileSync(path, "utf8") }));
if (options.readme) {
  for (const { path, text } of pages) writeFileSync(path, withTables(withOwnSizes(text), reports));
}
const isStale = !options.readme && pages.some(({ text }) => withOwnSizes(text) !== text);
if (isStale) console.error("The README has other sizes: npm run bench -- size --readme");
const judgements = reports.flatMap(({ rows }) => rows.map((row) => verdictOf(row, allowance)));
const count = (verdict: string): number => judgements.filter((one) => one === verdict).length;
const over = count("over");
const withinLimits = over > 0 ? `, ${over} over and within their limits` : "";
console.log(`budgets: ${count("met")} met, ${count("missed")} missed${withinLimits}`);
const needless = options.quick ? [] : reports.flatMap(needlessLimits);
for (const key of needless) console.error(`limits.ts has a limit that no row has: "${key}".`);
const isGood = areMet(reports, allowance) && (options.quick || over === 0);
process.exitCode = isGood && needless.length === 0 && !isStale ? 0 : 1;

async function measure(name: string): Promise<Report> {
  return withLimits(await runGroup(name));
}

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
