/**
 * Writes the generated parts of the documentation: what stands in a Markdown page between
 * `<!-- generated: NAME ARGUMENTS -->` and `<!-- end of generated -->`.
 *
 *     options PACKAGE INTERFACE   the options of a factory, from their doc comments
 *     errors [PACKAGE]            what its callers may be answered, from its README; of all packages without one
 *     events [PACKAGE]            the security events, in the same way
 *
 * Then tells of options, errors, events and messages that are in the source and nowhere in the documentation.
 * With `--check` nothing is written, and a part that is not up to date is told.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { undocumented } from "./generate/catalogue.ts";
import { wrongDefaults } from "./generate/defaults.ts";
import { optionInterfacesOf, optionTable } from "./generate/options.ts";
import { repeatedTable } from "./generate/readme-tables.ts";
import { packageNames } from "./generate/source.ts";

type Generator = (page: string, ...args: readonly string[]) => string;

const isCheck = process.argv.includes("--check");
const problems: string[] = [];
/** The interfaces that have a table in a README of their package. */
const inReadme = new Set<string>();
let blocks = 0;

const generators: Readonly<Record<string, Generator>> = {
  options(page, owner = "", name = "") {
    const table = optionTable(name, page);
    problems.push(...table.problems);
    if (!optionInterfacesOf(owner).includes(name)) {
      problems.push(`${page}: ${owner} has no options ${name} of their own.`);
    }
    if (page.startsWith(`packages/${owner}/`)) inReadme.add(name);
    return table.markdown;
  },
  errors: (page, owner = "") => repeatedTable("Errors", owner, page),
  events: (page, owner = "") => repeatedTable("Security events", owner, page),
};

const BLOCK = /^<!-- generated: (\S+) ?(.*?) -->\n[\s\S]*?^<!-- end of generated -->$/gm;

const pages = [
  ...globSync("docs/**/*.md", { exclude: (name) => /node_modules|docs\/api/.test(name) }),
  ...globSync("packages/*/*.md"),
  "README.md",
];
for (const page of pages.sort()) {
  const text = readFileSync(page, "utf8");
  const fresh = text.replace(BLOCK, (_, name: string, args: string) => {
    const generate = generators[name];
    blocks += 1;
    if (generate === undefined) problems.push(`${page}: nothing generates "${name}".`);
    const content = generate?.(page, ...args.split(" "));
    return `<!-- generated: ${`${name} ${args}`.trim()} -->\n\n${content}\n\n<!-- end of generated -->`;
  });
  if (fresh === text) continue;
  if (isCheck)
    problems.push(`${page}: a generated part is not up to date: run "npm run generate".`);
  else writeFileSync(page, fresh);
}

for (const owner of packageNames()) {
  problems.push(...wrongDefaults(owner));
  for (const name of optionInterfacesOf(owner)) {
    if (!inReadme.has(name)) {
      problems.push(
        `packages/${owner}/README.md: no table of ${name}: "generated: options ${owner} ${name}".`,
      );
    }
  }
}

for (const owner of packageNames()) {
  if (!["preset", "testing"].includes(owner)) problems.push(...undocumented(owner));
}

for (const problem of problems) console.error(problem);
console.log(`generated: ${blocks} parts, ${problems.length} problems`);
process.exitCode = problems.length === 0 && blocks > 0 ? 0 : 1;
