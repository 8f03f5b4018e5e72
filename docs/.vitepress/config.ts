import { existsSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTheme, defineConfig, type MarkdownRenderer } from "vitepress";
import { anchorOf } from "../../scripts/docs/anchors.ts";
import { repositoryUrl, root } from "../../scripts/docs/repository.ts";
import { siteLinks } from "./links.ts";
import { apiPages, groups } from "./pages.ts";
import { siteTables } from "./tables.ts";

const docs = join(root, "docs");

/** The sidebar has the pages that exist; that all exist, and no others, is checked when the site is built. */
function sidebar(): DefaultTheme.SidebarItem[] {
  const written = groups.map(({ text, folder, pages }) => ({
    text,
    items: Object.entries(pages)
      .filter(([name]) => existsSync(join(docs, folder, `${name}.md`)))
      .map(([name, title]) => ({
        text: title,
        link: name === "README" ? "/" : `/${folder === "" ? "" : `${folder}/`}${name}`,
      })),
  }));
  const api = {
    text: "API reference",
    link: "/api/",
    collapsed: true,
    items: apiPages.map((name) => ({ text: name, link: `/api/${name}` })),
  };
  return [...written.filter(({ items }) => items.length > 0), api];
}

/** Braces in text and in code between backticks are what they are, and no expression of Vue. */
function plainBraces({ renderer }: MarkdownRenderer): void {
  for (const name of ["text", "code_inline"]) {
    const rule = renderer.rules[name];
    if (rule === undefined) continue;
    renderer.rules[name] = (...parameters) => rule(...parameters).replaceAll("{{", "&#123;&#123;");
  }
}

export default defineConfig({
  title: "middy-hardening",
  description: "Middlewares for Middy that harden AWS Lambda functions at run time.",
  lang: "en",
  rewrites: { "README.md": "index.md" },
  head: [["link", { rel: "icon", type: "image/svg+xml", href: "/shield.svg" }]],
  markdown: {
    // The same on a code host: the anchors, and no attributes in braces.
    anchor: { slugify: anchorOf },
    attrs: { disable: true },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config: (markdown) => {
      siteLinks(markdown);
      siteTables(markdown);
      plainBraces(markdown);
    },
  },
  // The index of the search is one file, which is loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    logo: "/shield.svg",
    nav: [
      { text: "Getting started", link: "/getting-started" },
      { text: "Middlewares", link: "/middlewares/preset", activeMatch: "^/middlewares/" },
      { text: "API", link: "/api/", activeMatch: "^/api/" },
      { text: "Repository", link: repositoryUrl },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    search: {
      provider: "local",
      options: {
        miniSearch: {
          searchOptions: {
            // What explains comes before what lists. VitePress sends the function to the browser as text.
            boostDocument: (page: string) => (page.startsWith("/api/") ? 0.3 : 1),
          },
        },
      },
    },
  },
});
