/** A plain-text table for a terminal. */

/** Lines of a table whose columns are as wide as their longest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => width(row[column] ?? title))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((size) => "-".repeat(size))), ...rows.map(line)].join("\n");
}

/** Columns that a text takes in a terminal: East Asian wide characters and emoji take two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    columns += /[\p{Script=Han}\p{Extended_Pictographic}]/u.test(character) ? 2 : 1;
  }
  return columns;
}
