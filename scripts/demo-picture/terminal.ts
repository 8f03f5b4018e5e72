/**
 * A terminal's window as SVG: a command and lines below it. Nothing is loaded, so it shows wherever
 * Markdown does.
 *
 * @module
 */

/** A line of text, or the cells of a table whose second column is bad and whose third one is good. */
export type Line =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "head" | "row"; readonly cells: readonly string[] };

const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/** Of a character, in pixels: text is stretched to it, whatever monospaced font there is. */
const WIDTH = 7.8;
const HEIGHT = 20;
const MARGIN = 18;
const TITLE_BAR = 34;
/** Contrast of at least 4.5:1 on the background (WCAG 2.2, 1.4.3). */
const COLORS = {
  background: "#1b1f24",
  text: "#d7dde3",
  dim: "#9aa5b1",
  bad: "#ff9b93",
  good: "#7ee787",
};

export function terminal(command: string, lines: readonly Line[]): string {
  const tables = lines.filter((line) => line.kind !== "text");
  const columns = (tables[0]?.cells ?? []).map((_, column) =>
    Math.max(...tables.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const starts = columns.map((_, column) =>
    columns.slice(0, column).reduce((sum, width) => sum + width + 2, 0),
  );
  const longest = Math.max(
    columns.reduce((sum, width) => sum + width + 2, 0),
    ...lines.map((line) => (line.kind === "text" ? line.text.length : 0)),
  );
  const width = Math.ceil(longest * WIDTH + 2 * MARGIN);
  const height = TITLE_BAR + (lines.length + 2) * HEIGHT + MARGIN;
  const y = (line: number): number => TITLE_BAR + (line + 1) * HEIGHT;
  const drawn = lines.flatMap((line, at) => {
    if (line.kind === "text") return [text(line.text, 0, y(at + 2), COLORS.text)];
    const colors = line.kind === "head" ? [COLORS.dim] : [COLORS.text, COLORS.bad, COLORS.good];
    return line.cells.map((cell, column) =>
      text(cell, starts[column] ?? 0, y(at + 2), colors[column] ?? COLORS.dim),
    );
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escaped(`What ${command} prints: attacks on an order service without protection and with it`)}</title>`,
    `<rect width="${width}" height="${height}" rx="10" fill="${COLORS.background}"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map(
      (fill, at) => `<circle cx="${MARGIN + 6 + at * 20}" cy="18" r="6" fill="${fill}"/>`,
    ),
    `<g font-family="${FONT}" font-size="13" xml:space="preserve">`,
    text(`$ ${command}`, 0, y(0), COLORS.text),
    ...drawn,
    "</g>",
    "</svg>",
  ]
    .filter((element) => element !== "")
    .join("\n")}\n`;
}

function text(words: string, column: number, y: number, color: string): string {
  if (words === "") return "";
  const x = (MARGIN + column * WIDTH).toFixed(1);
  const length = (words.length * WIDTH).toFixed(1);
  return `<text x="${x}" y="${y}" fill="${color}" textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped(words)}</text>`;
}

const escaped = (words: string): string =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
