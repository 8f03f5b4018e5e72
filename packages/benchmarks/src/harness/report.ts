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
  /**
   * Of a budget that cannot be reached: the largest that is accepted in its place. Why, the README's
   * profile says.
   */
  readonly limit?: number | undefined;
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

/** `over` is above a budget that cannot be reached, and within what is accepted instead. */
export type Verdict = "met" | "over" | "missed" | "";

/** Ours over the peer's, or the figure itself. */
const judged = ({ ours, peer }: Row): number => (peer === undefined ? ours : ours / peer.figure);

/** Counted, and so the same in each run: no haste blurs them. */
const EXACT: ReadonlySet<Unit> = new Set(["bytes", "calls"]);

/** @param allowance by how much budgets are widened for what is timed. */
export function verdictOf(row: Row, allowance: number): Verdict {
  if (row.budget === undefined) return "";
  const widened = EXACT.has(row.unit) ? 1 : allowance;
  const figure = judged(row);
  if (figure <= row.budget * widened) return "met";
  return row.limit !== undefined && figure <= row.limit * widened ? "over" : "missed";
}

/** Whether no figure of some reports is above its budget and what is accepted in its place. */
export const areMet = (reports: readonly Report[], allowance: number): boolean =>
  reports.every(({ rows }) => rows.every((row) => verdictOf(row, allowance) !== "missed"));

const HEAD = ["", "ours", "peer", "", "floor", "ratio", "budget", "limit", ""] as const;

/** A report as a table of text. */
export function tableOf({ group, rows }: Report, allowance: number): string {
  const cells = rows.map((row) => [
    row.what,
    shown(row.ours, row.unit),
    row.peer === undefined ? "" : shown(row.peer.figure, row.unit),
    row.peer?.name ?? "",
    row.floor === undefined ? "" : shown(row.floor, row.unit),
    row.peer === undefined ? "" : judged(row).toFixed(2),
    boundText(row, row.budget),
    boundText(row, row.limit),
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
export function budgetsOf({ rows }: Report): string {
  const lines = rows.flatMap((row) => {
    const { what, peer, unit, ours, budget } = row;
    if (budget === undefined) return [];
    const figure = peer === undefined ? shown(ours, unit) : judged(row).toFixed(2);
    const bounds = [boundText(row, budget), boundText(row, row.limit)];
    const cells = [what, peer?.name ?? "", figure, ...bounds, verdictOf(row, 1)];
    return [`| ${cells.join(" | ")} |`];
  });
  const head = [
    "| | beside | measured | budget | limit | |",
    "| --- | --- | ---: | ---: | ---: | --- |",
  ];
  return [...head, ...lines].join("\n");
}

/** All comparisons of a report as a table of Markdown, with their budgets where they have one. */
export function ratiosOf({ rows }: Report): string {
  const lines = rows.flatMap((row) => {
    const { what, peer, budget } = row;
    if (peer === undefined) return [];
    return [`| ${[what, peer.name, judged(row).toFixed(2), boundText(row, budget)].join(" | ")} |`];
  });
  return ["| | beside | ratio | budget |", "| --- | --- | ---: | ---: |", ...lines].join("\n");
}

/** Whether a column has words. */
const isText = (column: number): boolean => column === 0 || column === 3 || column === 8;

function boundText(row: Row, bound: number | undefined): string {
  if (bound === undefined) return "";
  return row.peer === undefined ? shown(bound, row.unit) : bound.toFixed(2);
}

function shown(figure: number, unit: Unit): string {
  if (unit === "bytes") return `${Math.round(figure)} B`;
  if (unit === "calls" || unit === "exponent") return `${Number(figure.toFixed(2))}`;
  return `${figure >= 100 ? figure.toFixed(0) : figure.toPrecision(3)} ${unit}`;
}
