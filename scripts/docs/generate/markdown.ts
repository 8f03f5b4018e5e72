/**
 * Tables and sections of Markdown pages.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export type Row = readonly string[];

/** A table with its columns padded, as the formatter of the repository pads them. */
export function tableOf(header: Row, rows: readonly Row[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) =>
    Math.max(3, ...all.map((row) => [...(row[column] ?? "")].length)),
  );
  const line = (row: Row): string =>
    `| ${widths.map((width, column) => pad(row[column] ?? "", width)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}

const pad = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - [...text].length));

/** A bar would end the cell, in a code span too. */
export const cell = (text: string): string => text.replaceAll("|", "\\|");

/** What stands under a heading, up to the next one of its level or above. */
export function sectionOf(page: string, heading: string): string | undefined {
  const lines = page.split("\n");
  const isFence = (line: string): boolean => line.startsWith("```");
  let inFence = false;
  let level = 0;
  const section: string[] = [];
  for (const line of lines) {
    if (isFence(line)) inFence = !inFence;
    const [, marks = "", title] = (!inFence && /^(#+) (.*)$/.exec(line)) || [];
    if (level > 0 && marks !== "" && marks.length <= level) break;
    if (level > 0) section.push(line);
    else if (title === heading) level = marks.length;
  }
  return level === 0 ? undefined : section.join("\n");
}

export interface Table {
  readonly header: Row;
  readonly rows: readonly Row[];
}

/** The tables of a text, each cell as it is written, without the blanks around it. */
export function tablesOf(text: string): readonly Table[] {
  const tables: Table[] = [];
  let lines: Row[] = [];
  for (const line of [...text.split("\n"), ""]) {
    if (line.startsWith("|")) {
      lines.push(
        line
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((part) => part.trim()),
      );
      continue;
    }
    const [header, , ...rows] = lines;
    if (header !== undefined) tables.push({ header, rows });
    lines = [];
  }
  return tables;
}

/** What stands in code spans, also in those of several backticks. */
export const codeSpansOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g)].map(([, , code = ""]) =>
    code.replaceAll("\\|", "|").trim(),
  );

/**
 * The text with its relative links as they are from another page. A package's README is linked as its
 * page in docs/middlewares, from pages there.
 */
export function moveLinks(text: string, from: string, to: string): string {
  return text.replace(/\]\((?!\w+:)([^)#]*)(#[^)]*)?\)/g, (_, path: string, anchor = "") => {
    const target = path === "" ? from : join(dirname(from), path);
    return `](${linkTo(target, to)}${anchor})`;
  });
}

/** The link to a file from a page. */
export function linkTo(target: string, page: string): string {
  const [, name] = /^packages\/([^/]+)\/README\.md$/.exec(target) ?? [];
  const own = `docs/middlewares/${name}.md`;
  const better = page.startsWith("docs/") && existsSync(own) ? own : target;
  return relative(dirname(page), better);
}
