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

/** What a table of all packages leaves to their own pages. */
const DETAILS: readonly string[] = ["Detail", "Parameters"];

/** The table of one package for another page, or a shorter one of all of them when no package is given. */
export function repeatedTable(heading: Heading, owner: string, page: string): string {
  const columns: readonly string[] = SECTIONS[heading];
  if (owner !== "") return tableOf(columns, rowsFor(heading, owner, page));
  const short = (row: Row): Row => row.filter((_, at) => !DETAILS.includes(columns[at] ?? ""));
  const all = packageNames().flatMap((name) =>
    rowsFor(heading, name, page).map((row) => [
      ...short(row),
      `[${name}](${linkTo(readmeOf(name), page)})`,
    ]),
  );
  return tableOf([...short(columns), "Package"], all);
}

/** A row that says that there are none is for its own README. */
function rowsFor(heading: Heading, owner: string, page: string): readonly Row[] {
  const rows = readmeSection(owner, heading)?.table.rows ?? [];
  return rows
    .filter(([first]) => first !== "none")
    .map((row) => row.map((text) => moveLinks(text, readmeOf(owner), page)));
}
