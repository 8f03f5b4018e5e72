/** Runs the modules whose output a page shows, and compares; runs the tests that pages show. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Written } from "./compile.ts";
import type { Block, Problem } from "./markdown.ts";
import { isRun, isTest, MARK } from "./modules.ts";
import { inTurns, runProgram } from "./programs.ts";

/** What a block should show instead. */
export interface Correction {
  readonly block: Block;
  readonly text: string;
}

export interface Outputs {
  readonly problems: readonly Problem[];
  readonly corrections: readonly Correction[];
}

export async function runModules(folder: string, written: readonly Written[]): Promise<Outputs> {
  const problems: Problem[] = [];
  const corrections: Correction[] = [];
  const programs = written.filter(({ module }) => isRun(module) && !isTest(module));
  const tests = written.filter(({ module }) => isTest(module));
  const doubtful: Written[] = [];
  await inTurns(programs, async (each) => {
    if ((await faultsOf(folder, each)).problems.length > 0) doubtful.push(each);
  });
  // Some show a deadline or a loaded secret: on a busy machine they get a second run, by themselves.
  for (const each of doubtful) {
    const faults = await faultsOf(folder, each);
    problems.push(...faults.problems);
    corrections.push(...faults.corrections);
  }
  if (tests.length > 0) problems.push(...(await runTests(folder, tests)));
  return { problems, corrections };
}

async function faultsOf(folder: string, written: Written): Promise<Outputs> {
  const { module, path } = written;
  const { status, output } = await runProgram("node", [path], { cwd: folder });
  if (status !== 0) return { problems: [failure(written, output)], corrections: [] };
  const problems: Problem[] = [];
  const corrections: Correction[] = [];
  const sections = output.split(`${MARK}\n`).slice(1);
  for (const [index, { isShown, shown }] of module.parts.entries()) {
    if (!isShown || shown === undefined) continue;
    const printed = sections[index] ?? "";
    const difference = differenceOf(shown, printed);
    if (difference === undefined) continue;
    problems.push(difference);
    corrections.push({ block: shown, text: printed.trimEnd() });
  }
  return { problems, corrections };
}

function failure({ module, path, lines }: Written, output: string): Problem {
  const place = new RegExp(`${path.replace(/[.\\]/g, "\\$&")}:(\\d+)`).exec(output);
  const message =
    /^\s*((?:Uncaught )?\w*Error\b.*)$/m.exec(output)?.[1] ?? output.trim().slice(-400);
  return {
    page: module.page,
    line: lines[Number(place?.[1] ?? 1) - 1] ?? 0,
    what: `the block fails when it is run: ${message}`,
    toDo: "Mend the block, or the setup that it is run with.",
  };
}

/** All tests of all pages in one run of Vitest. */
async function runTests(folder: string, tests: readonly Written[]): Promise<Problem[]> {
  const report = join(folder, "report.json");
  const config = join(folder, "vitest.config.js");
  const conditions = ["source", "node", "default"];
  const settings = { resolve: { conditions }, ssr: { resolve: { conditions } } };
  writeFileSync(config, `export default ${JSON.stringify(settings)};\n`);
  const files = tests.map(({ path }) => relative(folder, path));
  const args = ["run", "--root", folder, "--config", config, "--coverage.enabled=false"];
  const { output } = await runProgram("vitest", [
    ...args,
    "--reporter=json",
    `--outputFile=${report}`,
    ...files,
  ]);
  let results: { testResults: TestFile[] };
  try {
    results = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    throw new Error(`Vitest could not be run:\n${output.slice(-2_000)}`);
  }
  const problems: Problem[] = [];
  for (const test of tests) {
    const file = results.testResults.find(({ name }) => name === test.path);
    const failed = file?.assertionResults.filter(({ status }) => status !== "passed") ?? [];
    const passed = file?.assertionResults.some(({ status }) => status === "passed") ?? false;
    const told = failed.flatMap(({ failureMessages }) => failureMessages).join("\n");
    if (passed && failed.length === 0) continue;
    problems.push(failure(test, told || file?.message || "no test was found in it"));
  }
  return problems;
}

interface TestFile {
  readonly name: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

/** Says where a block shows something else than what was printed. */
export function differenceOf(shown: Block, printed: string): Problem | undefined {
  const text = shown.lines.map((line) => line.text).join("\n");
  const wanted = comparable(shown.language, text);
  const actual = comparable(shown.language, printed);
  if (wanted === actual) return undefined;
  const lines = wanted.split("\n");
  const others = actual.split("\n");
  const at = lines.findIndex((line, index) => line !== others[index]);
  const index = at === -1 ? lines.length : at;
  const quote = (line: string | undefined): string => (line === undefined ? "(nothing)" : line);
  return {
    page: shown.page,
    line: shown.line,
    what: [
      "the block shows something else than what is printed.",
      `    shown:   ${quote(lines[index])}`,
      `    printed: ${quote(others[index])}`,
    ].join("\n"),
    toDo: "`npm run snippets -- --write` puts what is printed into the page; look at the difference first.",
  };
}

/** Text without what is another one each time; JSON, and that of an HTTP message, without its layout. */
export function comparable(language: string, text: string): string {
  if (language === "json") return normalised(laidOut(text));
  if (language !== "http") return normalised(text);
  const [head = "", ...body] = text.trim().split(/\r?\n\r?\n/);
  return normalised(`${head}\n\n${laidOut(body.join("\n\n"))}`);
}

function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    try {
      // A document on each line.
      const documents = text.split("\n").filter((line) => line.trim() !== "");
      return documents.map((line) => JSON.stringify(JSON.parse(line), null, 2)).join("\n");
    } catch {
      return text;
    }
  }
}

const VOLATILE: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/g, "<time>"],
  [/\b1[6-9]\d{11}\b/g, "<milliseconds>"],
  [/("\w*(?:duration|elapsed|remaining|age)\w*": )[\d.]+/gi, "$1<duration>"],
  [/\b\d+(?:\.\d+)? ?(?:ms|µs|us|ns|s|milliseconds|seconds)\b/g, "<duration>"],
  [/\b(127\.0\.0\.1|localhost):\d{4,5}\b/g, "$1:<port>"],
];

function normalised(text: string): string {
  let result = text.trim().replace(/[ \t]+$/gm, "");
  for (const [pattern, name] of VOLATILE) result = result.replace(pattern, name);
  return result;
}
