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

/** A row of the README's table of packages: its first cell, then the size. */
const PACKAGE_ROW = /^(\| \[`@middy-hardening\/([a-z-]+)`\]\([^)]*\) +\| )([^|]*)\|/gm;

/** The text with the sizes of packages in the second cell of their rows. */
export function withSizes(text: string, report: Report): string {
  const bytes = new Map(report.rows.map(({ what, ours }) => [what, ours]));
  return text.replace(PACKAGE_ROW, (row, head: string, name: string, cell: string) => {
    const [minified, gzipped] = sizeRows(name).map((what) => bytes.get(what));
    if (minified === undefined || gzipped === undefined) return row;
    return `${head}${`${kilobytes(gzipped)} KB (${kilobytes(minified)})`.padEnd(cell.length - 1)} |`;
  });
}

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1);
