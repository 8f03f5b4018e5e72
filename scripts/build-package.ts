/**
 * Builds the package in the current folder into an empty `dist`, so that nothing is shipped of what
 * has no source any more.
 *
 * Declarations keep their comments, which editors show. The code loses them, for a smaller download:
 * all but those that tell a bundler what is pure.
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parseSync } from "oxc-parser";

rmSync("dist", { recursive: true, force: true });
const { status } = spawnSync("tsc", ["--build"], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
for (const file of globSync("dist/**/*.js")) {
  writeFileSync(file, withoutComments(file, readFileSync(file, "utf8")));
}
process.exitCode = status ?? 1;

function withoutComments(file: string, code: string): string {
  let kept = "";
  let end = 0;
  for (const comment of parseSync(file, code).comments) {
    if (/[#@]__PURE__/.test(comment.value)) continue;
    kept += code.slice(end, comment.start);
    end = comment.end;
    const indentation = /(?:^|\n)[ \t]*$/.exec(kept);
    if (indentation === null || code[end] !== "\n") continue;
    // The whole line goes.
    kept = kept.slice(0, indentation.index);
  }
  return kept + code.slice(end);
}
