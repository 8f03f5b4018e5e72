/**
 * Links for the site: in Markdown they are relative, which works on a code host. What leaves docs/ becomes an
 * address of the repository there, and `README.md`, the home page, becomes `index.md`.
 */
import { dirname, join, relative, resolve, sep } from "node:path";
import type { MarkdownEnv, MarkdownRenderer } from "vitepress";
import { addressOf, root } from "../../scripts/docs/repository.ts";

const docs = join(root, "docs");

export function siteLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("site-links", (state) => {
    const { realPath, path }: MarkdownEnv = state.env;
    for (const token of state.tokens.flatMap(({ children }) => children ?? [])) {
      const name = token.type === "link_open" ? "href" : token.type === "image" ? "src" : undefined;
      const address = name === undefined ? null : token.attrGet(name);
      if (name === undefined || address === null) continue;
      token.attrSet(name, siteLink(address, dirname(realPath ?? path), name === "src"));
    }
  });
}

function siteLink(address: string, folder: string, isImage: boolean): string {
  const [, path = "", rest = ""] = /^([^?#]*)(.*)$/.exec(address) ?? [];
  if (path === "" || path.startsWith("/") || /^[a-z][a-z+.-]*:/i.test(path)) return address;
  const target = resolve(folder, decodeURIComponent(path));
  const isInDocs = target.startsWith(docs + sep);
  if (!isInDocs || !(isImage || path.endsWith(".md"))) return addressOf(target) + rest;
  if (target !== join(docs, "README.md")) return address;
  return `${relative(folder, join(docs, "index.md")).split(sep).join("/")}${rest}`;
}
