/** A function behind the Runtime API of `testing`, which starts its process as Lambda does. */
import { type ChildProcess, spawn } from "node:child_process";
import { startRuntimeApi } from "../../packages/testing/src/index.ts";
import { collect, DEFAULT_TIMEOUT_MS, environmentOf, kill, post } from "./function-process.ts";
import type { Deployment, LambdaFunction, Platform } from "./lambda-function.ts";

export async function behindStandIn(
  { node, client, nodeMajor }: Platform,
  deployment: Deployment,
): Promise<LambdaFunction> {
  const { folder, handler = "index.handler", timeoutMs = DEFAULT_TIMEOUT_MS } = deployment;
  const api = await startRuntimeApi({ timeoutMs });
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
    server: "stand-in",
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
