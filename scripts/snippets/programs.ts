/** Running programs of the workspace. */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

export const root = dirname(dirname(import.meta.dirname));

const MAX_RUN_MS = 60_000;

export interface Ran {
  readonly status: number | null;
  /** Standard output and standard error, in the order in which they were written. */
  readonly output: string;
}

/** Runs a program until it ends. Both of its outputs are one file: two pipes would lose their order. */
export function runProgram(
  command: string,
  args: readonly string[],
  { cwd = root, env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "middy-hardening-snippet-"));
  const file = openSync(join(folder, "output"), "w+");
  return new Promise<Ran>((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...environment(), ...env },
      stdio: ["ignore", file, file],
      timeout: MAX_RUN_MS,
    });
    child.once("error", reject);
    child.once("exit", (status) =>
      resolve({ status, output: readFileSync(join(folder, "output"), "utf8") }),
    );
  }).finally(() => {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Nothing of the machine's own AWS configuration reaches a snippet. */
export function environment(): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !/^(?:AWS_|POWERTOOLS_|NODE_OPTIONS$|FORCE_COLOR$|VITEST)/.test(entry[0]),
  );
  const bin = [dirname(process.execPath), join(root, "node_modules/.bin")];
  return {
    ...Object.fromEntries(own),
    PATH: [...bin, process.env["PATH"]].join(delimiter),
    NODE_OPTIONS: "--conditions=source --disable-warning=ExperimentalWarning",
    NODE_COMPILE_CACHE: join(root, "node_modules/.cache/snippets"),
    NO_COLOR: "1",
  };
}

/** Does a step for each item, a few at a time. */
export async function inTurns<Item>(
  items: readonly Item[],
  step: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const turn = async (): Promise<void> => {
    for (const item of left) await step(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, turn));
}
