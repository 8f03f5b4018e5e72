/** What a function's process has around it, whoever starts it: its environment, its log, its invokers. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Deployment } from "./lambda-function.ts";

export const DEFAULT_TIMEOUT_MS = 3_000;

/** No answer within this time means that the run itself is broken. */
const PATIENCE_MS = 30_000;

/** What a function finds in its environment on Lambda, and nothing of this machine's. */
export function environmentOf(
  nodeMajor: number,
  { folder, handler = "index.handler", environment = {}, maxConcurrency }: Deployment,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    TZ: ":UTC",
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${nodeMajor}.x`,
    AWS_LAMBDA_FUNCTION_NAME: "function",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/function",
    AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/01/[$LATEST]00000000000000000000000000000000",
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: handler,
    ...(maxConcurrency !== undefined && {
      AWS_LAMBDA_MAX_CONCURRENCY: String(maxConcurrency),
      // One thread, which all of them share.
      AWS_LAMBDA_NODEJS_WORKER_COUNT: "1",
    }),
    ...environment,
  };
}

/** @returns what the invoker receives once the server listens and has a client for the event. */
export async function post(url: string, event: unknown): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    try {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(event), signal });
      const payload = await response.text();
      if (payload !== NO_CLIENT_YET) return payload;
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (code !== "ECONNREFUSED") throw error;
    }
    // Not all of them at the same moment again.
    await new Promise((resolve) => setTimeout(resolve, 10 + 20 * Math.random()));
  }
}

/**
 * On Managed Instances the client asks for one invocation after another. Of those that arrive at once,
 * the emulator sends away what no client has asked for; in front of Lambda's instances, they wait.
 */
const NO_CLIENT_YET = '{"errorType":"Runtime.Unavailable"}';

/** What processes print, until all of them have ended. */
export function collect() {
  const chunks: Buffer[] = [];
  const closed: Promise<unknown>[] = [];
  return {
    listen(child: ChildProcess): void {
      closed.push(once(child, "close"));
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
      }
    },
    async text(): Promise<string> {
      await Promise.all(closed);
      return Buffer.concat(chunks).toString();
    },
  };
}

export async function kill(
  child: ChildProcess | undefined,
  signal: NodeJS.Signals = "SIGKILL",
): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
