/**
 * Puts figures into Markdown: the tables of groups, and the sizes in the README's table of packages.
 *
 * @module
 */
import { nameOf } from "./limits.ts";
import { budgetsOf, type Report, ratiosOf } from "./report.ts";

/**
 * The text with tables of the reports, where it has their marks: the budgets of a group between
 * `<!-- GROUP -->` and `<!-- end of GROUP -->`, all its ratios between `<!-- ratios of GROUP -->` and the like.
 */
export function withTables(text: string, reports: readonly Report[]): string {
  let filled = text;
  for (const report of reports) {
    const name = nameOf(report);
    filled = between(filled, name, budgetsOf(report));
    filled = between(filled, `ratios of ${name}`, ratiosOf(report));
  }
  return filled;
}

function between(text: string, mark: string, table: string): string {
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- end of ${mark} -->`];
  const [before = "", rest] = text.split(begin);
  const after = rest?.split(end)[1];
  return after === undefined ? text : `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

/** What a row of the size group is called that tells what a middleware adds to a function. */
export const sizeRows = (name: string): readonly [string, string] => [
  `${name}, in a function`,
  `${name}, in a function, gzipped`,
];

/** The first cell of a row of the README's table of packages. */
const PACKAGE = /^ \[`@middy-hardening\/([a-z-]{1,40})`\]/;

/** The text with the sizes of packages in the second cell of their rows: "gzipped KB (minified)". */
export function withSizes(text: string, report: Report): string {
  const bytes = new Map(report.rows.map(({ what, ours }) => [what, ours]));
  const lines = text.split("\n").map((line) => {
    const [start, first = "", size, ...rest] = line.split("|");
    const name = PACKAGE.exec(first)?.[1];
    if (name === undefined || size === undefined) return line;
    const [minified, gzipped] = sizeRows(name).map((what) => bytes.get(what));
    if (minified === undefined || gzipped === undefined) return line;
    const cell = ` ${kilobytes(gzipped)} KB (${kilobytes(minified)}) `.padEnd(size.length);
    return [start, first, cell, ...rest].join("|");
  });
  return lines.join("\n");
}

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1);
