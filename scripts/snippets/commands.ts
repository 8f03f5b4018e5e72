/** Runs the commands of sh blocks, or sees to it that something else runs them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { startLocalAws } from "../../packages/testing/src/index.ts";
import { freePort } from "../runtime/free-port.ts";
import { type Command, commandsOf, exampleOf, isInGate, judge } from "./known-commands.ts";
import { type Block, directiveIn, type Page, type Problem } from "./markdown.ts";
import { differenceOf } from "./outputs.ts";
import { environment, inTurns, root, runProgram } from "./programs.ts";
import { startServer } from "./server.ts";

export interface Commands {
  readonly problems: readonly Problem[];
  /** The page of each command that was run here. */
  readonly run: readonly string[];
  /** The page of each command that something else of the gate runs. */
  readonly elsewhere: readonly string[];
  readonly notRun: readonly { readonly block: Block; readonly reason: string }[];
}

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
      if (by !== undefined && !isInGate(by.value)) {
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
        const verdict = judge(command, exampleOf(page.path), by !== undefined);
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

/** Starts what `npm start` starts for the page, and sends it the page's requests in their order. */
async function serve(
  page: Page,
  requests: readonly { readonly command: Command; readonly block: Block }[],
): Promise<Problem[]> {
  const folder = exampleOf(page.path) ?? ".";
  const port = await freePort();
  let end: (() => void) | undefined;
  try {
    end = await startServer(join(root, folder), environment(), port);
    const problems: Problem[] = [];
    for (const { command, block } of requests) {
      problems.push(...(await request(page, command, block, port)));
    }
    return problems;
  } catch (error) {
    const toDo = `Run npm start in ${folder} to see more.`;
    return [{ page: page.path, line: 0, what: (error as Error).message, toDo }];
  } finally {
    end?.();
  }
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
