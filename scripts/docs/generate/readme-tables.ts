/**
 * The tables of errors and security events. Each is written in the README of its package, where the
 * catalogue checks it against the source; other pages repeat it.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import {
  linkTo,
  moveLinks,
  type Row,
  sectionOf,
  type Table,
  tableOf,
  tablesOf,
} from "./markdown.ts";
import { packageNames } from "./source.ts";

/** The headings of the two sections, and the columns of their tables. */
const SECTIONS = {
  Errors: ["Status", "Code", "Detail", "When"],
  "Security events": ["Event", "Severity", "Outcome", "Parameters", "When"],
} as const;

export type Heading = keyof typeof SECTIONS;

export const readmeOf = (owner: string): string => `packages/${owner}/README.md`;

/** The section of a package's README, and the table in it. */
export function readmeSection(
  owner: string,
  heading: Heading,
): { readonly text: string; readonly table: Table } | undefined {
  const text = sectionOf(readFileSync(readmeOf(owner), "utf8"), heading);
  if (text === undefined) return undefined;
  const columns = SECTIONS[heading].join();
  const table = tablesOf(text).find(({ header }) => header.join() === columns);
  return table && { text, table };
}

/** The table of one package for another page, or of all of them when no package is given. */
export function repeatedTable(heading: Heading, owner: string, page: string): string {
  const columns = SECTIONS[heading];
  if (owner !== "") return tableOf(columns, rowsFor(heading, owner, page));
  const all = packageNames().flatMap((name) =>
    rowsFor(heading, name, page).map((row) => [
      `[${name}](${linkTo(readmeOf(name), page)})`,
      ...row,
    ]),
  );
  return tableOf(["Package", ...columns], all);
}

/** A row that says that there are none is for its own README. */
function rowsFor(heading: Heading, owner: string, page: string): readonly Row[] {
  const rows = readmeSection(owner, heading)?.table.rows ?? [];
  return rows
    .filter(([first]) => first !== "none")
    .map((row) => row.map((text) => moveLinks(text, readmeOf(owner), page)));
}
