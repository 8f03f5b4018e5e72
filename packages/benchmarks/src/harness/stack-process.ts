/**
 * A process in which one stack answers one kind of request, again and again: as in a Lambda function,
 * no code of another stack has a part in what the compiler learns.
 *
 * @module
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Batch } from "./interleave.ts";
import { LAMBDA_ENVIRONMENT } from "./lambda-environment.ts";
import type { ScenarioName } from "./scenarios.ts";

export interface StackProcess extends Disposable {
  readonly batch: Batch;
}

/** Starts one; it has checked that the stack gives the answer that the scenario expects. */
export async function startStack(stack: string, scenario: ScenarioName): Promise<StackProcess> {
  const child = fork(
    fileURLToPath(new URL("stack-worker.ts", import.meta.url)),
    [stack, scenario],
    {
      env: { ...process.env, ...LAMBDA_ENVIRONMENT },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    },
  );
  let complaint = "";
  child.stderr?.on("data", (chunk) => {
    complaint += chunk;
  });
  let waiting = Promise.withResolvers<number>();
  child.on("message", (ms) => waiting.resolve(ms as number));
  child.on("close", (code) => {
    const problem = `The stack "${stack}" ended with ${code} on "${scenario}".`;
    waiting.reject(new Error(`${problem}\n${complaint}`));
  });
  await waiting.promise;
  return {
    batch(iterations) {
      waiting = Promise.withResolvers();
      child.send(iterations);
      return waiting.promise;
    },
    [Symbol.dispose]: () => {
      child.removeAllListeners();
      child.kill();
    },
  };
}
