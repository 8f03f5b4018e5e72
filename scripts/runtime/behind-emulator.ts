/** A function behind AWS's runtime interface emulator, which starts its process itself. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { freePort } from "./free-port.ts";
import { collect, DEFAULT_TIMEOUT_MS, environmentOf, kill, post } from "./function-process.ts";
import type { Deployment, LambdaFunction, Platform } from "./lambda-function.ts";

/**
 * For Managed Instances the emulator runs `/var/runtime/bootstrap` in `/var/task`, as in Lambda's
 * images. A mount namespace has them without leaving a trace on the machine.
 */
const IN_LAMBDA_PATHS = `
  set -e
  folder=$1 bootstrap=$2
  shift 2
  mount -t tmpfs tmpfs /var
  mkdir /var/task /var/runtime
  mount --bind "$folder" /var/task
  printf '#!/bin/sh\\nexec %s\\n' "$bootstrap" > /var/runtime/bootstrap
  chmod 755 /var/runtime/bootstrap
  exec "$@"
`;

const inLambdaPaths = (folder: string, bootstrap: string, ...command: string[]): string[] => [
  ...["unshare", "--mount", "sh", "-c", IN_LAMBDA_PATHS, "sh"],
  ...[folder, bootstrap, ...command],
];

/** The user under whom the emulator runs functions of Managed Instances. */
const SANDBOX_USER = ["setpriv", "--reuid=993", "--regid=990", "--clear-groups"];

/** Whether this machine lets a process have such a namespace, and that user read what it has to. */
export function hasManagedInstances(node: string, client: string, folder: string): boolean {
  const reading = `require("node:fs").accessSync(${JSON.stringify(client)})`;
  const [program = "", ...args] = inLambdaPaths(
    ...[folder, "true"],
    ...[...SANDBOX_USER, node, "--eval", reading],
  );
  return spawnSync(program, args, { timeout: 10_000 }).status === 0;
}

export async function behindEmulator(
  emulator: string,
  { node, client, nodeMajor }: Platform,
  deployment: Deployment,
): Promise<LambdaFunction> {
  const { folder, handler = "index.handler", maxConcurrency } = deployment;
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = deployment;
  const [port, runtimeApiPort] = [await freePort(), await freePort()];
  const command = [
    ...[emulator, "--log-level", "error"],
    ...["--runtime-interface-emulator-address", `127.0.0.1:${port}`],
    ...["--runtime-api-address", `127.0.0.1:${runtimeApiPort}`],
  ];
  const [program = "", ...args] =
    maxConcurrency === undefined
      ? [...command, node, client, handler]
      : inLambdaPaths(folder, [node, client, handler].map(quote).join(" "), ...command);
  const log = collect();
  const child = spawn(program, args, {
    cwd: folder,
    env: {
      ...environmentOf(nodeMajor, deployment),
      // Without a user's entry in `/etc/passwd`, the AWS SDK finds no home for its settings and ends the process.
      HOME: "/home/sbx_user1051",
      AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeoutMs / 1000),
    },
  });
  log.listen(child);
  const ended = once(child, "exit").then(async () => {
    throw new Error(`The emulator has ended: ${await log.text()}`);
  });
  ended.catch(() => {}); // `end` ends it, too.
  const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
  const invoke = (event: unknown) => Promise.race([post(url, event), ended]);
  await warmUp(invoke);
  return {
    server: "emulator",
    invoke,
    async end() {
      // It ends the function's process, too.
      await kill(child, "SIGTERM");
      return log.text();
    },
  };
}

/**
 * The emulator counts the start of a process as the first invocation's own time, Lambda does not: on a
 * busy machine nothing would be left of it. Whatever an event of nothing leads to, the process runs then.
 */
async function warmUp(invoke: LambdaFunction["invoke"]): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt++) {
    if (!(await invoke({})).startsWith("Task timed out")) return;
  }
}

const quote = (argument: string): string => `'${argument.replaceAll("'", "'\\''")}'`;
