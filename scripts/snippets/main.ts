/**
 * `npm run snippets`: every fenced block of the documentation is compiled, run, parsed, or says
 * why not. CONTRIBUTING.md has the conventions.
 *
 *     npm run snippets                        all pages, as `npm run check` does
 *     npm run snippets -- docs/testing.md     some of them
 *     npm run snippets -- --write             puts what snippets print into the pages
 */
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Commands, checkCommands } from "./commands.ts";
import { compile, makeFolder, write } from "./compile.ts";
import { checkData, isParsed } from "./data.ts";
import { checkInstalls } from "./installs.ts";
import { checkProse } from "./known-commands.ts";
import { type Problem, parsePage } from "./markdown.ts";
import { isRun, isTest, modulesOf } from "./modules.ts";
import { type Correction, runModules } from "./outputs.ts";
import { root } from "./programs.ts";
import { pageOfMistakes, withoutMistakes } from "./self-test.ts";

const PAGES = [
  "*.md",
  "packages/*/*.md",
  "examples/*/README.md",
  "docs/*.md",
  "docs/{concepts,middlewares,recipes}/**/*.md",
];

const args = process.argv.slice(2);
const wanted = args.filter((argument) => !argument.startsWith("--"));
const paths = globSync(PAGES, { cwd: root })
  .filter((path) => !path.endsWith("CHANGELOG.md"))
  .filter((path) => wanted.length === 0 || wanted.includes(path))
  .sort();
if (paths.length === 0) {
  console.error(`snippets: no page is called ${wanted.join(", ")}.`);
  process.exit(1);
}

const real = paths.map((path) => parsePage(path, readFileSync(join(root, path), "utf8")));
const pages = [...real, pageOfMistakes()];
const blocks = real.flatMap((page) => page.blocks);
const all = pages.map(modulesOf);
const modules = all.flatMap((page) => page.modules);
const notCompiled = all
  .flatMap((page) => page.notCompiled)
  .filter(({ block }) => blocks.includes(block));

const isReal = (page: string): boolean => paths.includes(page);

const folder = makeFolder();
const problems: Problem[] = [
  ...pages.flatMap((page) => page.problems),
  ...all.flatMap((page) => page.problems),
  ...pages.flatMap((page) => page.blocks.map(checkData)).filter((problem) => problem !== undefined),
  ...pages.flatMap(checkProse),
  ...pages.flatMap(checkInstalls),
];
try {
  const written = write(folder, modules);
  const faults = await compile(folder, written);
  // A block that does not compile may still be run: its author sees both.
  const [outputs, commands] = await Promise.all([
    runModules(folder, written),
    checkCommands(pages),
  ]);
  problems.push(...faults, ...outputs.problems, ...commands.problems);
  if (args.includes("--write")) correct(outputs.corrections);
  report(commands);
} finally {
  if (!args.includes("--keep")) rmSync(folder, { recursive: true, force: true });
}

function report(commands: Commands): void {
  const left = withoutMistakes(problems);
  const told = tell(left);
  const compiled = blocks.filter(({ language }) => language === "ts").length - notCompiled.length;
  const run = modules.filter((each) => isReal(each.page) && (isRun(each) || isTest(each)));
  const notRun = commands.notRun.filter(({ block }) => blocks.includes(block));
  for (const { block, reason } of [...notCompiled, ...notRun]) {
    console.log(`${block.page}:${block.line}: ${block.language} not checked: ${reason}`);
  }
  console.log(
    [
      `snippets: ${blocks.length} blocks of ${real.length} pages: ${compiled} compiled`,
      `${run.length} run`,
      `${blocks.filter(isParsed).length} parsed`,
      `${commands.run.filter(isReal).length} commands run`,
      `${commands.elsewhere.filter(isReal).length} run by other checks`,
      `${notCompiled.length + notRun.length} blocks not checked`,
      `${told} problems`,
    ].join(", "),
  );
  process.exitCode = told === 0 ? 0 : 1;
}

/** Prints problems in the order of the pages, and after those of one kind what to do about them. */
function tell(problems: readonly Problem[]): number {
  const inOrder = problems.toSorted((a, b) => a.page.localeCompare(b.page) || a.line - b.line);
  const texts = new Map(
    inOrder.map((each) => [`${each.page}:${each.line}: ${each.what}`, each.toDo]),
  );
  const entries = [...texts];
  for (const [index, [text, toDo]] of entries.entries()) {
    console.error(text);
    if (entries[index + 1]?.[1] !== toDo) console.error(`    To do: ${toDo}\n`);
  }
  return entries.length;
}

/** Puts what was printed into the pages, from the last block of a page to the first. */
function correct(corrections: readonly Correction[]): void {
  const inOrder = corrections
    .filter(({ block }) => blocks.includes(block))
    .sort((a, b) => b.block.line - a.block.line);
  for (const { block, text } of inOrder) {
    const lines = readFileSync(join(root, block.page), "utf8").split("\n");
    lines.splice(block.line, block.lines.length, ...text.split("\n"));
    writeFileSync(join(root, block.page), lines.join("\n"));
    console.log(`${block.page}:${block.line}: written`);
  }
}
