/**
 * Writes the generated parts of the documentation: what stands in a Markdown page between
 * `<!-- generated: NAME ARGUMENTS -->` and `<!-- end of generated -->`.
 *
 *     options PACKAGE INTERFACE   the options of a factory, from their doc comments
 *     errors [PACKAGE]            what its callers may be answered, from its README; of all packages without one
 *     events [PACKAGE]            the security events, in the same way
 *     source FILE                 a source file of an example, whole
 *
 * Then tells of options, errors, events and messages that are in the source and nowhere in the documentation.
 * With `--check` nothing is written, and a part that is not up to date is told.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { undocumented } from "./generate/catalogue.ts";
import { wrongDefaults } from "./generate/defaults.ts";
import { factsOf } from "./generate/facts.ts";
import { optionInterfacesOf, optionTable } from "./generate/options.ts";
import { repeatedTable } from "./generate/readme-tables.ts";
import { packageNames } from "./generate/source.ts";

type Generator = (page: string, ...args: readonly string[]) => string;

/** Packages that are no middleware: nobody is refused by them. */
const NO_MIDDLEWARES = ["core", "testing"];

const isCheck = process.argv.includes("--check");
const problems: string[] = [];
/** The pages that have a table of an interface of options. */
const pagesOf = new Map<string, readonly string[]>();
let parts = 0;

const generators: Readonly<Record<string, Generator>> = {
  options(page, owner = "", name = "") {
    const table = optionTable(name, page);
    problems.push(...table.problems);
    if (!optionInterfacesOf(owner).includes(name)) {
      problems.push(`${page}: ${owner} has no options ${name} of their own.`);
    }
    pagesOf.set(name, [...(pagesOf.get(name) ?? []), page]);
    return table.markdown;
  },
  errors: (page, owner = "") => repeatedTable("Errors", owner, page),
  events: (page, owner = "") => repeatedTable("Security events", owner, page),
  source: (_page, file = "") => `\`\`\`ts\n${readFileSync(file, "utf8")}\`\`\``,
};

for (const page of globSync([
  "docs/*.md",
  "docs/[!.]*/**/*.md",
  "packages/*/*.md",
  "*.md",
]).sort()) {
  if (!/node_modules|^docs\/api/.test(page)) refresh(page);
}
for (const owner of packageNames()) {
  problems.push(...wrongDefaults(owner), ...optionsWithoutTable(owner));
  if (owner !== "preset" && owner !== "testing") problems.push(...undocumented(owner));
}

const facts = packageNames().map(factsOf);
const counts = {
  parts,
  options: pagesOf.size,
  codes: facts.flatMap(({ codes }) => codes).length,
  events: facts.flatMap(({ events }) => events).length,
  messages: facts.flatMap(({ sentences }) => sentences).length,
};
// A check that sees nothing finds nothing.
for (const [name, count] of Object.entries(counts)) {
  if (count === 0) problems.push(`No ${name} were found, so none were checked.`);
}
for (const problem of problems) console.error(problem);
const told = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
console.log(`generated: ${told.join(", ")}, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function refresh(page: string): void {
  const text = readFileSync(page, "utf8");
  const before = parts;
  const fresh = text.replace(
    /^<!-- generated: (\S+) ?(.*?) -->\n[\s\S]*?^<!-- end of generated -->$/gm,
    (part, name: string, args: string) => {
      parts += 1;
      const generate = generators[name];
      if (generate !== undefined) {
        const begin = `<!-- generated: ${`${name} ${args}`.trim()} -->`;
        const content = generate(page, ...args.split(" "));
        return `${begin}\n\n${content}\n\n<!-- end of generated -->`;
      }
      problems.push(`${page}: nothing generates "${name}".`);
      return part;
    },
  );
  const begun = text.match(/^<!-- generated: /gm)?.length ?? 0;
  if (begun !== parts - before) problems.push(`${page}: a generated part does not end.`);
  else if (fresh !== text && isCheck) {
    problems.push(`${page}: a generated part is not up to date: run "npm run generate".`);
  } else if (fresh !== text) writeFileSync(page, fresh);
}

/** A page of the package itself has a table of each, and so has that of a middleware. */
function optionsWithoutTable(owner: string): string[] {
  const wanted = [`packages/${owner}/`];
  if (!NO_MIDDLEWARES.includes(owner)) wanted.push(`docs/middlewares/${owner}.md`);
  return optionInterfacesOf(owner).flatMap((name) =>
    wanted
      .filter((place) => !pagesOf.get(name)?.some((page) => page.startsWith(place)))
      .map((place) => `${place}: no table of ${name} ("generated: options ${owner} ${name}").`),
  );
}
