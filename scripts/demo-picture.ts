/**
 * `node scripts/demo-picture.ts [--check]`: draws what `npm run demo` prints as a terminal, for the README.
 *
 * The demo really runs, and its own lines are drawn: those of the attacks named here, and its summary. With
 * `--check` nothing is written: it fails when the picture is not of what the demo prints now.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { type Line, terminal } from "./demo-picture/terminal.ts";

const PICTURE = "docs/demo.svg";

/** Attacks of the demo that are drawn: one of each kind. */
const ATTACKS = [
  "__proto__",
  "no content type",
  "malformed JSON",
  "the same key twice",
  "mass assignment of a discount",
  "a negative quantity",
  "path traversal in the id",
  "log forging",
  "a database error with its connection string",
  "a secret in a response",
  "a thrown null",
  "credentials from a foreign origin",
  "nesting 100,000 deep",
  "60,000 keys within the size limit",
];

const demo = spawnSync(process.execPath, ["--conditions=source", "scripts/demo.ts"], {
  encoding: "utf8",
});
if (demo.status !== 0) {
  console.error(`The demo failed:\n${demo.stdout}${demo.stderr}`);
  process.exit(1);
}
const picture = terminal("npm run demo", linesOf(demo.stdout.split("\n")));

if (!process.argv.includes("--check")) writeFileSync(PICTURE, picture);
else if (readFileSync(PICTURE, "utf8") === picture) {
  console.log(`picture: ${PICTURE} shows what the demo prints`);
} else {
  console.error(`${PICTURE} is not what the demo prints: run \`node scripts/demo-picture.ts\`.`);
  process.exitCode = 1;
}

/** The chosen lines of the demo's output, cut into the columns of its table. */
function linesOf(output: readonly string[]): Line[] {
  const rule = output.findIndex(
    (line, at) => /^-+( {2}-+)+$/.test(line) && output[at - 1]?.startsWith("attack "),
  );
  const widths = (output[rule] ?? "").split("  ").map((dashes) => dashes.length);
  const cellsOf = (line: string): string[] => {
    let start = 0;
    return widths.map((width) => {
      const cell = line.slice(start, start + width).trimEnd();
      start += width + 2;
      return cell;
    });
  };
  const rows = ATTACKS.map((attack) => {
    const row = output.slice(rule).find((line) => cellsOf(line)[0] === attack);
    if (row === undefined) throw new Error(`The demo has no attack called "${attack}".`);
    return { kind: "row", cells: cellsOf(row).slice(0, 3) } as const;
  });
  const summary = output.filter((line) =>
    /^(\d+ honest requests|Attacks that got|Messages lost)/.test(line),
  );
  if (summary.length !== 3) throw new Error("The demo has another summary than its picture.");
  return [
    { kind: "head", cells: cellsOf(output[rule - 1] ?? "").slice(0, 3) },
    ...rows,
    { kind: "text", text: "..." },
    { kind: "text", text: "" },
    ...summary.map((text) => ({ kind: "text", text }) as const),
  ];
}
