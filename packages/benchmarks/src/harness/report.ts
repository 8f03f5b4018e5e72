/**
 * Figures beside those of a peer, judged by their budgets, as a table.
 *
 * @module
 */

/** What a figure is of. */
type Unit = "us" | "ms" | "bytes" | "calls" | "exponent" | "ns/byte";

/** One comparison. */
export interface Row {
  /** What is done, and by what of ours. */
  readonly what: string;
  readonly unit: Unit;
  readonly ours: number;
  /** Who does the same otherwise; without one, the figure itself is judged. */
  readonly peer?: Peer | undefined;
  /** The same without any protection. */
  readonly floor?: number | undefined;
  /** The largest ratio of ours to the peer's, or figure where there is no peer; none for information. */
  readonly budget?: number | undefined;
}

interface Peer {
  readonly name: string;
  readonly figure: number;
}

/** What a group has measured. */
export interface Report {
  readonly group: string;
  readonly rows: readonly Row[];
}

export type Verdict = "met" | "missed" | "";

/** Ours over the peer's, or the figure itself. */
const judged = ({ ours, peer }: Row): number => (peer === undefined ? ours : ours / peer.figure);

/** Counted, and so the same in each run: no haste blurs them. */
const EXACT: ReadonlySet<Unit> = new Set(["bytes", "calls"]);

/** @param allowance by how much budgets are widened for what is timed. */
export function verdictOf(row: Row, allowance: number): Verdict {
  if (row.budget === undefined) return "";
  const budget = EXACT.has(row.unit) ? row.budget : row.budget * allowance;
  return judged(row) <= budget ? "met" : "missed";
}

/** Whether all budgets of some reports are met. */
export const areMet = (reports: readonly Report[], allowance: number): boolean =>
  reports.every(({ rows }) => rows.every((row) => verdictOf(row, allowance) !== "missed"));

const HEAD = ["", "ours", "peer", "", "floor", "ratio", "budget", ""] as const;

/** A report as a table of text. */
export function tableOf({ group, rows }: Report, allowance: number): string {
  const cells = rows.map((row) => [
    row.what,
    shown(row.ours, row.unit),
    row.peer === undefined ? "" : shown(row.peer.figure, row.unit),
    row.peer?.name ?? "",
    row.floor === undefined ? "" : shown(row.floor, row.unit),
    row.peer === undefined ? "" : judged(row).toFixed(2),
    row.budget === undefined ? "" : budgetText(row, row.budget),
    verdictOf(row, allowance),
  ]);
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => (line[column] as string).length)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, column) => {
        const width = widths[column] as number;
        return isText(column) ? text.padEnd(width) : text.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return [group, line(HEAD), ...cells.map(line)].join("\n");
}

/** The budgets of a report as a table of Markdown: what is judged, and no time. */
export function markdownOf({ rows }: Report): string {
  const lines = rows.flatMap((row) => {
    const { what, peer, unit, ours, budget } = row;
    if (budget === undefined) return [];
    const figure = peer === undefined ? shown(ours, unit) : judged(row).toFixed(2);
    const cells = [what, peer?.name ?? "", figure, budgetText(row, budget), verdictOf(row, 1)];
    return [`| ${cells.join(" | ")} |`];
  });
  const head = ["| | beside | measured | budget | |", "| --- | --- | ---: | ---: | --- |"];
  return [...head, ...lines].join("\n");
}

/** Whether a column has words. */
const isText = (column: number): boolean => column === 0 || column === 3 || column === 7;

const budgetText = (row: Row, budget: number): string =>
  row.peer === undefined ? shown(budget, row.unit) : budget.toFixed(2);

function shown(figure: number, unit: Unit): string {
  if (unit === "bytes") return `${Math.round(figure)} B`;
  if (unit === "calls" || unit === "exponent") return `${Number(figure.toFixed(2))}`;
  return `${figure >= 100 ? figure.toFixed(0) : figure.toPrecision(3)} ${unit}`;
}
