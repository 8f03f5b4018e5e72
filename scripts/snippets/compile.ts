/** Writes the modules of all pages into a folder of `docs`, and compiles them in one run. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Problem } from "./markdown.ts";
import { type Module, textOf } from "./modules.ts";
import { root, runProgram } from "./programs.ts";

/** A module on disk. */
export interface Written {
  readonly module: Module;
  readonly path: string;
  readonly lines: readonly number[];
}

const SETTINGS = {
  extends: "../../../tsconfig.base.json",
  compilerOptions: {
    composite: false,
    declaration: false,
    noEmit: true,
    allowImportingTsExtensions: true,
    moduleDetection: "force",
    // A snippet shows what it is about, and leaves out who uses it.
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: ["**/*.ts"],
};

/** A folder from which everything is found that `docs/package.json` names. */
export function makeFolder(): string {
  const parent = join(root, "docs/.snippets");
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, "run-"));
}

export function write(folder: string, modules: readonly Module[]): Written[] {
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(SETTINGS));
  return modules.map((module) => {
    const page = module.page.replace(/\.md$/, "").replace(/\W+/g, "-");
    const path = join(folder, page, String(module.project), module.file);
    const { text, lines } = textOf(module);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return { module, path, lines };
  });
}

export async function compile(folder: string, written: readonly Written[]): Promise<Problem[]> {
  const { status, output } = await runProgram("tsc", ["-p", folder, "--pretty", "false"]);
  const problems: Problem[] = [];
  const byPath = new Map(written.map((each) => [relative(root, each.path), each]));
  for (const line of output.split("\n")) {
    const found = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(line);
    if (found === null) continue;
    const [, path = "", number, code, message] = found;
    const place = byPath.get(path);
    // What does not compile elsewhere is told by `npm run types`.
    if (place === undefined) continue;
    problems.push({
      page: place.module.page,
      line: place.lines[Number(number) - 1] ?? 0,
      what: `does not compile: ${message} (${code})`,
      toDo: "Mend the block; what it needs and does not show goes into a comment `<!-- snippet: setup`.",
    });
  }
  if (status !== 0 && problems.length === 0 && !/error TS/.test(output)) {
    throw new Error(`tsc could not be run:\n${output}`);
  }
  return problems;
}
