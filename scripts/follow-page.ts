/**
 * Follows a page of the documentation as its reader does, in an empty folder: writes the files that
 * it shows, runs its commands, and looks for the output that it shows.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort } from "./runtime/free-port.ts";
import { type Block, directiveIn, type Line, parsePage } from "./snippets/markdown.ts";
import { comparable } from "./snippets/outputs.ts";
import { startServer } from "./snippets/server.ts";

/** A step of a page that cannot be followed. */
class PageError extends Error {
  constructor(page: string, line: number, what: string) {
    super(`${page}:${line}: ${what}`);
  }
}

/**
 * @param environment of all commands.
 * @returns how many commands were run.
 * @throws Error at the first step that fails, with its place and what was printed.
 */
export async function followPage(
  path: string,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { blocks } = parsePage(path, readFileSync(path, "utf8"));
  const port = await freePort();
  const env = { ...environment, NO_COLOR: "1" };
  let where = folder;
  let commands = 0;
  let end: (() => void) | undefined;
  try {
    for (const [index, block] of blocks.entries()) {
      const setup = directiveIn(block, "command: setup");
      if (setup !== undefined) {
        ({ where } = await runShell(path, setup.line, textOf(setup.code), where, env));
      }
      writeFiles(block, where);
      if (directiveIn(block, "command: run by") === undefined) continue;
      const text = textOf(block.lines).replaceAll("localhost:3000", `localhost:${port}`);
      commands++;
      if (/^npm start\b/.test(text)) {
        end = await startServer(where, env, port);
        continue;
      }
      const ran = await runShell(path, block.line, text, where, env);
      where = ran.where;
      const next = blocks[index + 1];
      const isOutput = next?.language === "text" || next?.language === "json";
      if (next !== undefined && isOutput && next.directives.length === 0) compare(next, ran.output);
    }
    return commands;
  } finally {
    end?.();
  }
}

const textOf = (lines: readonly Line[]): string => lines.map(({ text }) => text).join("\n");

function writeFiles({ directives, lines }: Block, folder: string): void {
  for (const { name, value, code } of directives) {
    if (name !== "snippet: file") continue;
    const file = join(folder, value);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${textOf(code.length > 0 ? code : lines)}\n`);
  }
}

const MARK = "--- where it ended ---";

async function runShell(
  page: string,
  line: number,
  text: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly output: string; readonly where: string }> {
  const child = spawn("sh", ["-ec", `${text}\necho "${MARK}"\npwd`], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk;
    });
  }
  const status = await new Promise((resolve) => child.once("close", resolve));
  if (status !== 0) throw new PageError(page, line, `the commands fail.\n${text}\n${output}`);
  const [before = "", after = ""] = output.split(`${MARK}\n`);
  return { output: before, where: after.trim() };
}

/** What a page shows of an output is a part of it, line by line in this order. */
function compare({ page, line, language, lines }: Block, output: string): void {
  const printed = comparable(language, output).split("\n");
  let from = 0;
  for (const wanted of comparable(language, textOf(lines)).split("\n")) {
    const at = printed.findIndex((each, index) => index >= from && each.trim() === wanted.trim());
    if (at === -1) {
      throw new PageError(
        page,
        line,
        `the page shows "${wanted}", and this was printed:\n${output}`,
      );
    }
    from = at + 1;
  }
}
