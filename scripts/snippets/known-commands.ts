/** Who runs a command that a page shows: this check, another one of the gate, or nobody. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Block, Page, Problem } from "./markdown.ts";
import { root } from "./programs.ts";

export interface Command {
  readonly text: string;
  readonly words: readonly string[];
  readonly line: number;
}

interface Manifest {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const manifestOf = (path: string): Manifest => JSON.parse(read(path)) as Manifest;

const manifests = globSync(
  ["package.json", "{packages,examples}/*/package.json", "docs/package.json"],
  {
    cwd: root,
  },
).map(manifestOf);

/** All packages of the workspace, and all that one of them names. */
const packages = new Set(
  manifests.flatMap(({ name, dependencies, devDependencies, peerDependencies }) => [
    name ?? "",
    ...Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies }),
  ]),
);

/** The scripts of the root that the gate runs. */
const inGate = new Set([
  ...[...read(".ci/run").matchAll(/^npm (?:run )?([\w:]+)/gm)].map(([, name]) => name),
  ...[...read("scripts/run.cjs").matchAll(/"\/\/#([\w:]+)"/g)].map(([, name]) => name),
]);

/** Whether the gate runs an npm command, such as `npm run check`. */
export const isInGate = (command: string): boolean =>
  inGate.has(/^npm (?:run )?([\w:]+)$/.exec(command)?.[1]);

/** The folder of the example that a page belongs to. */
export const exampleOf = (page: string): string | undefined =>
  /^examples\/[^/]+(?=\/)/.exec(page)?.[0];

/** The scripts of an example that `npm run test:packed` runs in a copy of it. */
const inCopies = new Set(
  [...read("scripts/test-packed.ts").matchAll(/run\(folder, "npm", (?:"run", )?"(\w+)"\)/g)].map(
    ([, name]) => name,
  ),
);

/** The commands of a block, without comments. */
export function commandsOf({ lines }: Block): Command[] {
  const commands: Command[] = [];
  let text = "";
  let line = 0;
  for (const each of lines) {
    if (text === "") line = each.number;
    text += each.text;
    if (text.endsWith("\\")) {
      text = `${text.slice(0, -1)} `;
      continue;
    }
    const words = text.match(/#.*$|(?:'[^']*'|"[^"]*"|\\.|[^\s#'"]|(?<=\S)#)+/g) ?? [];
    const own = words.filter((word) => !word.startsWith("#"));
    // Variables before a command belong to it.
    while (/^\w+=/.test(own[0] ?? "")) own.shift();
    if (own.length > 0) commands.push({ text: own.join(" "), words: own, line });
    text = "";
  }
  return commands;
}

type Verdict = "start" | "request" | "encrypt" | "elsewhere" | "unknown";

export function judge(
  { words, text }: Command,
  example: string | undefined,
  isOwnProject: boolean,
): Verdict | Pick<Problem, "what" | "toDo"> {
  const [program, first = "", second = ""] = words;
  if (program === "curl") return "request";
  if (program === "npx") return words.includes("kms-encrypt") ? "encrypt" : "unknown";
  if (program !== "npm") return "unknown";
  if (/^(?:i|install|ci)$/.test(first)) {
    for (const word of words.slice(2)) {
      const name = word.replace(/(?<=.)@.*$/, "");
      if (word.startsWith("-") || packages.has(name)) continue;
      return {
        what: `"${name}" is no package of this workspace, and no manifest of it names it.`,
        toDo: "Correct the name, or add it to docs/package.json.",
      };
    }
    return "elsewhere";
  }
  const name = first === "run" ? second : first;
  if (isOwnProject || !/^(?:run|test|start)$/.test(first)) return "unknown";
  const manifest = example === undefined ? "package.json" : `${example}/package.json`;
  if (manifestOf(manifest).scripts?.[name] === undefined) {
    const toDo = `Those that there are: ${Object.keys(manifestOf(manifest).scripts ?? {}).join(", ")}.`;
    return { what: `"${text}": there is no script "${name}" in ${manifest}.`, toDo };
  }
  if (name === "start") return "start";
  return (example === undefined ? inGate : inCopies).has(name) ? "elsewhere" : "unknown";
}

/** Scripts that the prose names, such as `npm run check`, are scripts of the workspace. */
export function checkProse({ path, text }: Page): Problem[] {
  const scripts = new Set(manifests.flatMap(({ scripts }) => Object.keys(scripts ?? {})));
  const problems: Problem[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    for (const [, name = ""] of line.matchAll(/`npm run ([\w:-]+)/g)) {
      if (scripts.has(name)) continue;
      const what = `there is no script "${name}" in the workspace.`;
      problems.push({ page: path, line: index + 1, what, toDo: "Correct the name." });
    }
  }
  return problems;
}
