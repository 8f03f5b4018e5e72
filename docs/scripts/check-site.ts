/**
 * Checks the built site: the sidebar has each page and no others, every link and anchor of every page leads
 * somewhere, the headings have the anchors that they have on the code host, and nothing is loaded from elsewhere.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { readPage } from "../../scripts/docs/page.ts";
import { root } from "../../scripts/docs/repository.ts";
import { apiPages, groups } from "../.vitepress/pages.ts";

const docs = join(root, "docs");
const dist = join(docs, ".vitepress/dist");

interface BuiltPage {
  readonly identifiers: ReadonlySet<string>;
  readonly links: readonly string[];
  /** What the browser loads without being asked. */
  readonly loads: readonly string[];
}

const problems: string[] = [];
const pages = new Map(
  globSync("**/*.html", { cwd: dist }).map((path) => [path, readBuilt(join(dist, path))]),
);
let links = 0;

const listed = new Set([
  ...groups.flatMap(({ folder, pages }) =>
    Object.keys(pages).map((name) => posix.join(folder, `${name}.md`)),
  ),
  ...["index", ...apiPages].map((name) => `api/${name}.md`),
]);
const written = globSync("**/*.md", { cwd: docs, exclude: ["**/node_modules", "**/.*"] });
for (const path of listed) {
  if (!written.includes(path)) problems.push(`docs/${path}: is in the sidebar, but not written.`);
}
for (const path of written) {
  if (!listed.has(path)) problems.push(`docs/${path}: add it to docs/.vitepress/pages.ts.`);
  const built = pages.get(path.replace(/^README\.md$/, "index.md").replace(/md$/, "html"));
  if (built === undefined) problems.push(`docs/${path}: has not become a page.`);
  const { anchors } = readPage(readFileSync(join(docs, path), "utf8"));
  for (const anchor of anchors) {
    if (built?.identifiers.has(anchor) === false) {
      problems.push(`docs/${path}: the site has no anchor #${anchor}.`);
    }
  }
}
for (const [path, page] of pages) {
  for (const address of page.links) problems.push(...problemsOfLink(path, address));
  for (const address of page.loads) {
    if (/^(?:[a-z]+:)?\/\//i.test(address)) problems.push(`${path}: loads ${address}.`);
  }
}

for (const problem of problems) console.error(problem);
console.log(`site: ${pages.size} pages, ${links} links, ${problems.length} problems`);
process.exitCode = problems.length === 0 && links > 0 ? 0 : 1;

function problemsOfLink(from: string, address: string): string[] {
  if (/^[a-z][a-z+.-]*:/i.test(address)) return [];
  links += 1;
  const [path = "", anchor] = address.split("#");
  const target = path === "" ? from : fileOf(posix.resolve("/", posix.dirname(from), path), path);
  if (!existsSync(join(dist, target))) return [`${from}: ${address} does not exist.`];
  if (anchor === undefined || pages.get(target)?.identifiers.has(decodeURIComponent(anchor))) {
    return [];
  }
  return [`${from}: ${address} has no such anchor.`];
}

/** What a server sends for a path. */
function fileOf(path: string, written: string): string {
  const plain = decodeURIComponent(path.slice(1));
  if (written.endsWith("/") || plain === "") return posix.join(plain, "index.html");
  return posix.extname(plain) === "" ? `${plain}.html` : plain;
}

function readBuilt(file: string): BuiltPage {
  const html = readFileSync(file, "utf8").replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, (script) =>
    script.replace(/>[\s\S]*</, "><"),
  );
  const valuesOf = (pattern: RegExp): string[] =>
    [...html.matchAll(pattern)].map(([, value = ""]) => value.replaceAll("&amp;", "&"));
  return {
    identifiers: new Set(valuesOf(/\sid="([^"]*)"/g)),
    links: valuesOf(/<a\b[^>]*?\shref="([^"]*)"/g),
    loads: valuesOf(/<(?:script|img|link|source|iframe)\b[^>]*?\s(?:src|href)="([^"]*)"/g),
  };
}
