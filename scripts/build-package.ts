/**
 * Builds the package in the current folder into an empty `dist`, so that nothing is shipped of what
 * has no source any more.
 *
 * For a smaller download, declarations that the package's exports do not lead to are left out. The
 * others keep their comments, which editors show; the code loses them, all but those that tell a
 * bundler what is pure.
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";

rmSync("dist", { recursive: true, force: true });
const { status } = spawnSync("tsc", ["--build"], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
for (const file of globSync("dist/**/*.js")) {
  writeFileSync(file, withoutComments(file, readFileSync(file, "utf8")));
}
const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly exports: Readonly<Record<string, { readonly types: string }>>;
};
const wanted = declarationsFrom(Object.values(exports).map(({ types }) => join(types)));
for (const file of globSync("dist/**/*.d.ts")) {
  if (!wanted.has(file)) rmSync(file);
}
process.exitCode = status ?? 1;

/** Declarations and all that they lead to. */
function declarationsFrom(faces: readonly string[]): ReadonlySet<string> {
  const found = new Set(faces);
  for (const file of found) {
    for (const [, path = ""] of readFileSync(file, "utf8").matchAll(/"(\.{1,2}\/[^"]+)\.[jt]s"/g)) {
      found.add(join(dirname(file), `${path}.d.ts`));
    }
  }
  return found;
}

function withoutComments(file: string, code: string): string {
  let kept = "";
  let end = 0;
  for (const comment of parseSync(file, code).comments) {
    // A program's first line tells what runs it.
    if (/[#@]__PURE__/.test(comment.value) || code.startsWith("#!", comment.start)) continue;
    kept += code.slice(end, comment.start);
    end = comment.end;
    const indentation = /(?:^|\n)[ \t]*$/.exec(kept);
    if (indentation === null || code[end] !== "\n") continue;
    // The whole line goes.
    kept = kept.slice(0, indentation.index);
  }
  return kept + code.slice(end);
}
