/**
 * A bundled function that runs as on Lambda: its own process, the runtime interface client, a small
 * environment, invocations over HTTP.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { startRuntimeApi } from "../../packages/testing/src/index.ts";
import { freePort } from "./free-port.ts";

const TIMEOUT_MS = 3_000;

/** No answer within this time means that the run itself is broken. */
const PATIENCE_MS = 30_000;

export interface Deployment {
  /** Where the bundle is, as `index.mjs`. */
  readonly folder: string;
  /** Such as `index.handler`. Default: that. */
  readonly handler?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How many invocations at a time one process takes, as on Managed Instances. Default: 1. */
  readonly maxConcurrency?: number;
  /** Whether it streams its answers. Default: no. */
  readonly isStreaming?: boolean;
}

/** What functions run on. */
export interface Platform {
  /** A Node.js program, and its major version. */
  readonly node: string;
  readonly nodeMajor: number;
  /** The module of the runtime interface client. */
  readonly client: string;
  /** The program of the runtime interface emulator, if there is one. */
  readonly emulator: string | undefined;
}

export interface LambdaFunction {
  /** Resolves to what the invoker received. */
  invoke(event: unknown): Promise<string>;
  /** Ends it, and resolves to its whole log. */
  end(): Promise<string>;
}

export function startFunction(platform: Platform, deployment: Deployment): Promise<LambdaFunction> {
  const { emulator } = platform;
  // In its managed instances mode, the emulator wants the paths and users of Lambda's images.
  const isBeyondIt = deployment.maxConcurrency !== undefined || deployment.isStreaming === true;
  return emulator === undefined || isBeyondIt
    ? behindStandIn(platform, deployment)
    : behindEmulator(emulator, platform, deployment);
}

async function behindStandIn(
  { node, client, nodeMajor }: Platform,
  deployment: Deployment,
): Promise<LambdaFunction> {
  const { folder, handler = "index.handler" } = deployment;
  const api = await startRuntimeApi({ timeoutMs: TIMEOUT_MS });
  const log = collect();
  const env = { ...environmentOf(nodeMajor, deployment), AWS_LAMBDA_RUNTIME_API: api.address };
  let running: ChildProcess | undefined;
  let underWay = 0;

  const start = (): ChildProcess => {
    const child = spawn(node, [client, handler], { cwd: folder, env });
    log.listen(child);
    child.once("exit", (status, signal) => {
      api.clientExited(signal === null ? `exit status ${status}` : `signal: ${signal}`);
      // An invocation that is on its way to the API would wait for nobody.
      if (running === child) running = underWay > 0 ? start() : undefined;
    });
    return child;
  };

  return {
    async invoke(event) {
      // As Lambda does, for the first invocation and after a process has ended.
      running ??= start();
      underWay++;
      const payload = await post(api.invokeUrl, event);
      underWay--;
      if (payload.includes('"Sandbox.Timedout"')) await kill(running);
      return payload;
    },
    async end() {
      await kill(running);
      await api.close();
      return log.text();
    },
  };
}

async function behindEmulator(
  emulator: string,
  { node, client, nodeMajor }: Platform,
  deployment: Deployment,
): Promise<LambdaFunction> {
  const { folder, handler = "index.handler" } = deployment;
  const [port, runtimeApiPort] = [await freePort(), await freePort()];
  const log = collect();
  const child = spawn(
    emulator,
    [
      ...["--runtime-interface-emulator-address", `127.0.0.1:${port}`],
      ...["--runtime-api-address", `127.0.0.1:${runtimeApiPort}`],
      ...[node, client, handler],
    ],
    {
      cwd: folder,
      env: {
        ...environmentOf(nodeMajor, deployment),
        AWS_LAMBDA_FUNCTION_TIMEOUT: String(TIMEOUT_MS / 1000),
      },
    },
  );
  log.listen(child);
  return {
    invoke: (event) =>
      post(`http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`, event),
    async end() {
      // It ends the function's process, too.
      await kill(child, "SIGTERM");
      return log.text();
    },
  };
}

/** What a function finds in its environment on Lambda, and nothing of this machine's. */
function environmentOf(
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

async function post(url: string, event: unknown): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    try {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(event), signal });
      return await response.text();
    } catch (error) {
      // The emulator is not listening yet.
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (code !== "ECONNREFUSED") throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** What processes print, until all of them have ended. */
function collect() {
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

async function kill(
  child: ChildProcess | undefined,
  signal: NodeJS.Signals = "SIGKILL",
): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
