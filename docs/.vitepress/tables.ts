/**
 * Tables for narrow windows: each cell knows the heading of its column (`data-label`), so that the theme can
 * show a row as a block. A table of options, properties or parameters is one of blocks in any window.
 */
import type { MarkdownRenderer } from "vitepress";

/** Heading of the first column of a table whose rows are entries with a description. */
const ENTRY = /^(?:Option|Property|Parameter|Type Parameter)$/;

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

export function siteTables(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("site-tables", ({ tokens }) => {
    let table: Token | undefined;
    let headings: string[] = [];
    let column = 0;
    for (const [index, token] of tokens.entries()) {
      if (token.attrGet("style") === "text-align:right") token.attrs = [["class", "right"]];
      if (token.type === "table_open") {
        table = token;
        headings = [];
      } else if (token.type === "tr_open") column = 0;
      else if (token.type === "th_open") headings.push(textOf(tokens[index + 1]));
      else if (token.type === "thead_close" && headings.length > 2) {
        table?.attrSet("class", ENTRY.test(headings[0] ?? "") ? "entries" : "wide");
      } else if (token.type === "td_open") {
        token.attrSet("data-label", headings[column] ?? "");
        column += 1;
      }
    }
  });
  // VitePress has a rule of its own here, which drops the attributes.
  markdown.renderer.rules["table_open"] = (tokens, index, _options, _env, renderer) => {
    const token = tokens[index];
    token?.attrSet("tabindex", "0");
    return token === undefined ? "<table>" : `<table${renderer.renderAttrs(token)}>\n`;
  };
}

function textOf(token: Token | undefined): string {
  return (token?.children ?? []).map(({ content }) => content).join("");
}
