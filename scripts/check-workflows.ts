/**
 * Checks the workflows of GitHub: what they use is pinned by commit, with the version in a comment, and
 * every workflow begins with permissions that let nothing be written.
 */
import { globSync, readFileSync } from "node:fs";

const PINNED =
  /^\s*(?:- )?uses: (?<action>[\w.-]+\/[\w./-]+)@(?<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+$/;

const problems: string[] = [];
const commits = new Map<string, string>();

for (const file of globSync(".github/workflows/*.{yml,yaml}")) {
  const lines = readFileSync(file, "utf8").split("\n");
  for (const [index, line] of lines.entries()) {
    const place = `${file}:${index + 1}`;
    if (!/\buses["']?\s*:/.test(line) || /^\s*#/.test(line)) continue;
    const { action, commit } = PINNED.exec(line)?.groups ?? {};
    if (action === undefined || commit === undefined) {
      problems.push(`${place}: write owner/action@<40 hex digits> # v1.2.3`);
      continue;
    }
    const other = commits.get(action) ?? commit;
    if (other !== commit) problems.push(`${place}: ${action} is ${other} elsewhere`);
    commits.set(action, commit);
  }
  problems.push(...topPermissions(lines).map((problem) => `${file}: ${problem}`));
}

for (const problem of problems) console.error(problem);
console.log(`workflows: ${commits.size} actions, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** A job may have more, by permissions of its own. */
function topPermissions(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => /^permissions:/.test(line));
  if (start === -1) return ["declares no permissions"];
  const end = lines.findIndex((line, index) => index > start && /^\S/.test(line));
  const block = lines.slice(start, end === -1 ? undefined : end);
  return block.filter((line) => /\bwrite/.test(line)).map((line) => `lets all jobs ${line.trim()}`);
}
