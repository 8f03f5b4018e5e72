/**
 * Checks that the README of every package names every option with its default.
 *
 * An option is a member of an exported interface called `...Options`. Its doc comment ends with
 * `Default: TEXT.` (or says `Required.`), and a row of the README's table has the same words:
 *
 *     | `maxBytes` | `number` | 1,048,576 (1 MiB) | Largest decoded body, in bytes. |
 *
 * A member whose type is itself such an interface is an object of options: the row of each
 * of its members is called `cors.origins`.
 */
import { globSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { parseSync } from "oxc-parser";

interface Option {
  readonly name: string;
  readonly typeNames: readonly string[];
  readonly default: string | undefined;
  readonly place: string;
}

type Rows = ReadonlyMap<string, readonly string[]>;

/** Interfaces called `...Options` that are no options of a factory: parameters of a class or of one call. */
const NOT_OPTIONS = new Set(["PublicErrorOptions"]);

const problems: string[] = [];
let checked = 0;

for (const readmePath of globSync("packages/*/package.json").map(
  (path) => `${dirname(path)}/README.md`,
)) {
  const folder = dirname(readmePath);
  if (basename(folder) === "benchmarks") continue;
  const rows = rowsOf(readmePath);
  const interfaces = new Map<string, Option[]>();
  for (const file of globSync(`${folder}/src/**/*.ts`)) collect(file, interfaces);
  const nested = new Set([...interfaces.values()].flat().flatMap((option) => option.typeNames));
  for (const [name, options] of interfaces) {
    if (!nested.has(name)) compare(readmePath, rows, interfaces, options, "");
  }
}

for (const problem of problems) console.error(problem);
console.log(`readmes: ${checked} options checked, ${problems.length} problems`);
process.exitCode = problems.length === 0 && checked > 0 ? 0 : 1;

function compare(
  readmePath: string,
  rows: Rows,
  interfaces: ReadonlyMap<string, readonly Option[]>,
  options: readonly Option[],
  prefix: string,
): void {
  for (const option of options) {
    const name = `${prefix}${option.name}`;
    checked += 1;
    const row = rows.get(name);
    if (row === undefined) problems.push(`${readmePath}: no row for the option \`${name}\`.`);
    else if (option.default === undefined) {
      problems.push(`${option.place}: the doc comment of ${name} does not say "Default: ... ."`);
    } else if (!row.includes(option.default)) {
      problems.push(
        `${readmePath}: \`${name}\` has the default "${row.join('" or "')}", but its type says "${option.default}".`,
      );
    }
    for (const typeName of option.typeNames) {
      const members = interfaces.get(typeName);
      if (members !== undefined) compare(readmePath, rows, interfaces, members, `${name}.`);
    }
  }
}

/** The default of each option that a README's tables name; several where tables have the same name. */
function rowsOf(readmePath: string): Rows {
  const rows = new Map<string, string[]>();
  let text = "";
  try {
    // A README may put a part that is long for it into a page of its own beside it.
    const pages = globSync(`${dirname(readmePath)}/[A-Z]*.md`).filter(
      (page) => page !== readmePath,
    );
    for (const page of [readmePath, ...pages]) text += `${readFileSync(page, "utf8")}\n`;
  } catch {
    problems.push(`${readmePath} does not exist.`);
  }
  for (const line of text.split("\n")) {
    if (!line.startsWith("| `")) continue;
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const [, name, , value] = cells;
    if (name === undefined || value === undefined) continue;
    const key = name.replaceAll("`", "");
    rows.set(key, [...(rows.get(key) ?? []), plain(value)]);
  }
  return rows;
}

function plain(text: string): string {
  return text
    .replaceAll("`", "")
    .replaceAll("\\|", "|")
    .replace(/\s+/g, " ")
    .replace(/\.$/, "")
    .trim();
}

/** Adds the option interfaces that a file exports. */
function collect(file: string, interfaces: Map<string, Option[]>): void {
  const source = readFileSync(file, "utf8");
  const { program, comments } = parseSync(file, source);
  for (const statement of program.body) {
    if (statement.type !== "ExportNamedDeclaration") continue;
    const declaration = statement.declaration;
    if (declaration?.type !== "TSInterfaceDeclaration") continue;
    if (!declaration.id.name.endsWith("Options") || NOT_OPTIONS.has(declaration.id.name)) continue;
    const options: Option[] = [];
    for (const member of declaration.body.body) {
      if (member.type !== "TSPropertySignature" || member.key.type !== "Identifier") continue;
      const comment = comments.findLast(
        ({ end }) => end <= member.start && source.slice(end, member.start).trim() === "",
      );
      const words = (comment?.value ?? "").replace(/^\s*\*/gm, "").replace(/\s+/g, " ");
      const type = source.slice(member.typeAnnotation?.start ?? member.end, member.end);
      options.push({
        name: member.key.name,
        typeNames: type.match(/\b\w+Options\b/g) ?? [],
        default: defaultOf(words),
        place: `${file}:${source.slice(0, member.start).split("\n").length}`,
      });
    }
    interfaces.set(declaration.id.name, options);
  }
}

function defaultOf(words: string): string | undefined {
  const text = /Default: (.+?)\.(?:\s|$)/.exec(words)?.[1];
  if (text !== undefined) return plain(text);
  return /\bRequired\.(?:\s|$)/.test(words) ? "required" : undefined;
}
