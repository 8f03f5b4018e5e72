/** Runs the commands of sh blocks, or sees to it that something else runs them. */
import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { startLocalAws } from "../../packages/testing/src/index.ts";
import { freePort } from "../runtime/free-port.ts";
import { type Block, directiveIn, type Page, type Problem } from "./markdown.ts";
import { differenceOf } from "./outputs.ts";
import { environment, inTurns, root, runProgram } from "./programs.ts";

export interface Commands {
  readonly problems: readonly Problem[];
  /** The page of each command that was run here. */
  readonly run: readonly string[];
  /** The page of each command that something else of the gate runs. */
  readonly elsewhere: readonly string[];
  readonly notRun: readonly { readonly block: Block; readonly reason: string }[];
}

interface Manifest {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Command {
  readonly text: string;
  readonly words: readonly string[];
  readonly line: number;
}

const START_MS = 30_000;

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const manifestOf = (path: string): Manifest => JSON.parse(read(path)) as Manifest;

const manifests = globSync(
  ["package.json", "{packages,examples}/*/package.json", "docs/package.json"],
  {
    cwd: root,
  },
).map(manifestOf);

/** All packages of the workspace, and all that one of them names. */
const packages = new Set(
  manifests.flatMap(({ name, dependencies, devDependencies, peerDependencies }) => [
    name ?? "",
    ...Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies }),
  ]),
);

/** The scripts of the root that the gate runs. */
const inGate = new Set([
  ...[...read(".ci/run").matchAll(/^npm (?:run )?([\w:]+)/gm)].map(([, name]) => name),
  ...[...read("scripts/run.cjs").matchAll(/"\/\/#([\w:]+)"/g)].map(([, name]) => name),
]);

/** The scripts of an example that `npm run test:packed` runs in a copy of it. */
const inCopies = new Set(
  [...read("scripts/test-packed.ts").matchAll(/run\(folder, "npm", (?:"run", )?"(\w+)"\)/g)].map(
    ([, name]) => name,
  ),
);

export async function checkCommands(pages: readonly Page[]): Promise<Commands> {
  const problems: Problem[] = [];
  const notRun: { block: Block; reason: string }[] = [];
  const run: string[] = [];
  const elsewhere: string[] = [];
  const jobs: (() => Promise<Problem[]>)[] = [];
  for (const page of pages) {
    const requests: { command: Command; block: Block }[] = [];
    let starts = 0;
    for (const block of page.blocks) {
      if (block.language !== "sh") continue;
      const reason = directiveIn(block, "command: not run")?.value;
      const by = directiveIn(block, "command: run by");
      if (reason !== undefined) notRun.push({ block, reason });
      if (by !== undefined && !inGate.has(/^npm (?:run )?([\w:]+)$/.exec(by.value)?.[1])) {
        problems.push({
          page: page.path,
          line: by.line,
          what: `the gate (.ci/run) does not run "${by.value}".`,
          toDo: 'Name a command of it, such as "npm run test:packed".',
        });
      }
      for (const command of commandsOf(block)) {
        const tell = (what: string, toDo: string): void => {
          problems.push({ page: page.path, line: command.line, what, toDo });
        };
        const example = /^examples\/[^/]+(?=\/)/.exec(page.path)?.[0];
        const verdict = judge(command, example, by !== undefined);
        if (typeof verdict === "object") tell(verdict.what, verdict.toDo);
        else if (by !== undefined) elsewhere.push(page.path);
        else if (reason !== undefined) continue;
        else if (verdict === "elsewhere") elsewhere.push(page.path);
        else if (verdict === "unknown") {
          tell(
            `nothing runs "${command.text}".`,
            "Put `<!-- command: not run: REASON -->` before the block, or `run by: npm run ...`.",
          );
        } else {
          run.push(page.path);
          if (verdict === "request") requests.push({ command, block });
          else if (verdict === "start") starts++;
          else jobs.push(() => encrypt(page.path, command));
        }
      }
    }
    if (starts > 0 || requests.length > 0) jobs.push(() => serve(page, requests));
  }
  await inTurns(jobs, async (job) => {
    problems.push(...(await job()));
  });
  return { problems, run, elsewhere, notRun };
}

/** The commands of a block, without comments. */
function commandsOf({ lines }: Block): Command[] {
  const commands: Command[] = [];
  let text = "";
  let line = 0;
  for (const each of lines) {
    if (text === "") line = each.number;
    text += each.text;
    if (text.endsWith("\\")) {
      text = `${text.slice(0, -1)} `;
      continue;
    }
    const words = text.match(/#.*$|(?:'[^']*'|"[^"]*"|\\.|[^\s#'"]|(?<=\S)#)+/g) ?? [];
    const own = words.filter((word) => !word.startsWith("#"));
    // Variables before a command belong to it.
    while (/^\w+=/.test(own[0] ?? "")) own.shift();
    if (own.length > 0) commands.push({ text: own.join(" "), words: own, line });
    text = "";
  }
  return commands;
}

type Verdict = "start" | "request" | "encrypt" | "elsewhere" | "unknown";

function judge(
  { words, text }: Command,
  example: string | undefined,
  isOwnProject: boolean,
): Verdict | Pick<Problem, "what" | "toDo"> {
  const [program, first = "", second = ""] = words;
  if (program === "curl") return "request";
  if (program === "npx") return words.includes("kms-encrypt") ? "encrypt" : "unknown";
  if (program !== "npm") return "unknown";
  if (/^(?:i|install|ci)$/.test(first)) {
    for (const word of words.slice(2)) {
      const name = word.replace(/(?<=.)@.*$/, "");
      if (word.startsWith("-") || packages.has(name)) continue;
      return {
        what: `"${name}" is no package of this workspace, and no manifest of it names it.`,
        toDo: "Correct the name, or add it to docs/package.json.",
      };
    }
    return "elsewhere";
  }
  const name = first === "run" ? second : first;
  if (isOwnProject || !/^(?:run|test|start)$/.test(first)) return "unknown";
  const manifest = example === undefined ? "package.json" : `${example}/package.json`;
  if (manifestOf(manifest).scripts?.[name] === undefined) {
    const toDo = `Those that there are: ${Object.keys(manifestOf(manifest).scripts ?? {}).join(", ")}.`;
    return { what: `"${text}": there is no script "${name}" in ${manifest}.`, toDo };
  }
  if (name === "start") return "start";
  return (example === undefined ? inGate : inCopies).has(name) ? "elsewhere" : "unknown";
}

/** Starts what `npm start` starts for the page, and sends it the page's requests in their order. */
async function serve(
  page: Page,
  requests: readonly { readonly command: Command; readonly block: Block }[],
): Promise<Problem[]> {
  const example = /^examples\/[^/]+(?=\/)/.exec(page.path)?.[0] ?? ".";
  const port = await freePort();
  const server = spawn("npm", ["start", "--silent"], {
    cwd: join(root, example),
    env: { ...environment(), PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    // Of a group of its own, which can be ended as a whole.
    detached: true,
  });
  try {
    const fault = await listening(server, port);
    if (fault !== undefined) {
      const toDo = `Run it in ${example} to see more.`;
      return [{ page: page.path, line: 0, what: `npm start fails: ${fault}`, toDo }];
    }
    const problems: Problem[] = [];
    for (const { command, block } of requests) {
      problems.push(...(await request(page, command, block, port)));
    }
    return problems;
  } finally {
    if (server.exitCode === null && server.pid !== undefined) process.kill(-server.pid, "SIGTERM");
  }
}

/** Waits until it names its port, or has ended without a failure, as what does not serve does. */
function listening(server: ChildProcess, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let output = "";
    const timer = setTimeout(() => end(`it does not name port ${port}: ${output}`), START_MS);
    const end = (fault: string | undefined): void => {
      clearTimeout(timer);
      resolve(fault);
    };
    const hear = (chunk: Buffer): void => {
      output += chunk;
      if (output.includes(`:${port}`)) end(undefined);
    };
    server.stdout?.on("data", hear);
    server.stderr?.on("data", hear);
    server.once("error", ({ message }) => end(message));
    server.once("exit", (status) => end(status === 0 ? undefined : output.slice(-400)));
  });
}

/** The answer must be of the status that the prose after it names, and of the JSON that is shown. */
async function request(
  { path, blocks }: Page,
  command: Command,
  block: Block,
  port: number,
): Promise<Problem[]> {
  const text = command.text.replace(/(https?:\/\/(?:localhost|127\.0\.0\.1)):\d+/g, `$1:${port}`);
  const { status, output } = await runProgram("sh", ["-c", `${text} --silent --show-error`]);
  const at = { page: path, line: command.line };
  if (status !== 0) {
    const toDo = "Run it against `npm start` to see more.";
    return [{ ...at, what: `the command fails: ${output.trim()}`, toDo }];
  }
  const next = blocks[blocks.indexOf(block) + 1];
  const shown = next?.language === "json" ? next : undefined;
  const [head = "", ...body] = output.split(/\r?\n\r?\n/);
  const told = /`(\d{3})`/.exec(shown?.prose ?? "")?.[1];
  const answered = /^HTTP\/\S+ (\d{3})/.exec(head)?.[1];
  const problems: Problem[] = [];
  if (told !== undefined && answered !== undefined && told !== answered) {
    const what = `the prose says \`${told}\`, and the answer is ${answered}.`;
    problems.push({ ...at, what, toDo: "Correct the one that is wrong." });
  }
  const printed = answered === undefined ? output : body.join("\n\n");
  const difference = shown === undefined ? undefined : differenceOf(shown, printed);
  if (difference !== undefined) problems.push(difference);
  return problems;
}

/** Runs `kms-encrypt` against the local AWS endpoint, with the key that the command names. */
async function encrypt(page: string, { text, line }: Command): Promise<Problem[]> {
  const folder = mkdtempSync(join(tmpdir(), "middy-hardening-encrypt-"));
  const key = /--key-id (\S+)/.exec(text)?.[1] ?? "alias/orders";
  await using aws = await startLocalAws({ keys: [key] });
  try {
    const input = /<\s*(\S+)/.exec(text)?.[1];
    if (input !== undefined) writeFileSync(join(folder, basename(input)), "correct horse\n");
    const program = `node ${join(root, "packages/kms-decryptor/src/kms-encrypt.ts")} `;
    const own = text.replace(/^.*?\bkms-encrypt (?=-)/, () => program);
    const { status, output } = await runProgram("sh", ["-c", own], {
      cwd: folder,
      env: { ...aws.environment },
    });
    if (status === 0 && /^[\w+/]+=*$/.test(output.trim())) return [];
    const toDo = "Correct the command, or packages/kms-decryptor/src/command-line.ts.";
    return [{ page, line, what: `the command fails: ${output.trim()}`, toDo }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Scripts that the prose names, such as `npm run check`, are scripts of the workspace. */
export function checkProse({ path, text }: Page): Problem[] {
  const scripts = new Set(manifests.flatMap(({ scripts }) => Object.keys(scripts ?? {})));
  const problems: Problem[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    for (const [, name = ""] of line.matchAll(/`npm run ([\w:-]+)/g)) {
      if (scripts.has(name)) continue;
      const what = `there is no script "${name}" in the workspace.`;
      problems.push({ page: path, line: index + 1, what, toDo: "Correct the name." });
    }
  }
  return problems;
}
