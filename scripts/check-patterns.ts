/**
 * Checks that no text can make a regular expression of the packages slow: each one, written as a literal
 * or made when its module is loaded, is given to recheck, which proves it linear or searches for an attack.
 *
 * Where a pattern has lookarounds or long repetitions, recheck cannot prove and only searches: "safe" then
 * means that it found none. A pattern on which it comes to no end fails, as a vulnerable one does. What
 * recheck does not see, code that applies a pattern again and again, is for the packages' property tests.
 */
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseSync } from "oxc-parser";
import { check } from "recheck";

/** Files that make expressions at run time, and why those are no risk. */
const MADE_AT_RUN_TIME: Readonly<Record<string, string>> = {
  "packages/security-logger/src/redact/linear.ts":
    "of an application's own patterns, when the redactor is made: this is their check",
};

/** Expressions that recheck finds vulnerable, and why no long text reaches them. */
const BOUNDED_INPUT: Readonly<Record<string, string>> = {
  "/^0+|0+$/g": "digits of a DynamoDB number, whose text has at most 160 characters",
};

/** Limits by the steps of a match alone: on a busy machine, one by time would find attacks that are none. */
const LIMITS = { attackTimeout: null, incubationTimeout: null, timeout: 120_000 } as const;

interface Node {
  readonly type: string;
  readonly start: number;
}

/** Where each expression stands, by its source and flags. */
const patterns = new Map<string, { source: string; flags: string; place: string }>();
const problems: string[] = [];

const NativeRegExp = RegExp;
let loading = "";
let made = 0;
globalThis.RegExp = new Proxy(NativeRegExp, {
  construct(target, args: [string | RegExp, string?], newTarget) {
    const pattern: RegExp = Reflect.construct(target, args, newTarget);
    add(pattern.source, pattern.flags, loading);
    made += 1;
    return pattern;
  },
});

for (const file of globSync("packages/*/src/**/*.ts").sort()) {
  const constructions = collectLiterals(file);
  if (constructions === 0 || file in MADE_AT_RUN_TIME) continue;
  made = 0;
  loading = file;
  await import(resolve(file));
  if (made < constructions) {
    problems.push(`${file}: makes an expression at run time, which cannot be checked here.`);
  }
}
globalThis.RegExp = NativeRegExp;

const waiting = [...patterns];
await Promise.all([checkWaiting(), checkWaiting()]);
for (const listed of Object.keys(BOUNDED_INPUT)) {
  if (!patterns.has(listed)) problems.push(`${listed} is excused, but no package has it.`);
}

for (const problem of problems) console.error(problem);
console.log(`patterns: ${patterns.size} checked, ${problems.length} problems`);
process.exitCode = problems.length === 0 && patterns.size > 0 ? 0 : 1;

async function checkWaiting(): Promise<void> {
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [text, { source, flags, place }] = next;
    const result = await check(source, flags, LIMITS);
    if (result.status === "safe" || text in BOUNDED_INPUT) continue;
    problems.push(
      result.status === "vulnerable"
        ? `${place}: ${text} is slow (${result.complexity.summary}), for example on ${result.attack.pattern}`
        : `${place}: ${text} could not be decided (${result.error.kind}). Write it in a simpler way.`,
    );
  }
}

function add(source: string, flags: string, place: string): void {
  const text = `/${source}/${flags}`;
  if (!patterns.has(text)) patterns.set(text, { source, flags, place });
}

/** Adds a file's literals; tells in how many places it calls `RegExp`. */
function collectLiterals(file: string): number {
  const text = readFileSync(file, "utf8");
  let constructions = 0;
  const nodes: unknown[] = [parseSync(file, text).program];
  for (let node = nodes.pop(); nodes.length > 0 || node !== undefined; node = nodes.pop()) {
    if (typeof node !== "object" || node === null) continue;
    if (isLiteral(node)) {
      const line = text.slice(0, node.start).split("\n").length;
      add(node.regex.pattern, node.regex.flags, `${file}:${line}`);
    } else if (isConstruction(node)) constructions += 1;
    nodes.push(...Object.values(node));
  }
  return constructions;
}

function isLiteral(
  node: object,
): node is Node & { readonly regex: { readonly pattern: string; readonly flags: string } } {
  return "regex" in node && typeof node.regex === "object" && node.regex !== null;
}

function isConstruction(node: object): boolean {
  if (!("callee" in node)) return false;
  const { callee } = node as { readonly callee: { readonly name?: string } };
  return callee.name === "RegExp";
}
