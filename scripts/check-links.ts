/**
 * Checks every link of every Markdown file: what is relative exists, its anchor too, and what leads elsewhere
 * is an https address. Before that it shows on a small repository with faults that it can fail.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { checkLinks } from "./docs/links.ts";
import { selfCheck } from "./docs/links-self-check.ts";
import { repositoryUrl } from "./docs/repository.ts";

const files = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
})
  .split("\0")
  .filter((path) => path !== "" && existsSync(path));
const pages = files.filter((path) => path.endsWith(".md"));
const { count, problems } = checkLinks({
  pages: new Map(pages.map((path) => [path, readFileSync(path, "utf8")])),
  files,
  url: repositoryUrl,
});
const faults = selfCheck().map((fault) => `the check itself: ${fault}`);
for (const problem of [...faults, ...problems]) console.error(problem);
console.log(
  `links: ${count} of ${pages.length} pages, ${problems.length + faults.length} problems`,
);
process.exitCode = problems.length + faults.length === 0 && count > 0 ? 0 : 1;
