/**
 * A process in which one stack answers one kind of request, again and again: as in a Lambda function,
 * no code of another stack has a part in what the compiler learns.
 *
 * @module
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Batch, type Effort, interleave } from "./interleave.ts";
import { LAMBDA_ENVIRONMENT } from "./lambda-environment.ts";

/** A stack (or `workload:NAME`) and the scenario that it is sent (or the size of the workload). */
export type Contestant = readonly [stack: string, scenario: string];

/** Measures stacks beside each other, each in a process of its own; microseconds for one request. */
export async function measureStacks<Name extends string>(
  effort: Effort,
  contestants: Readonly<Record<Name, Contestant>>,
): Promise<Record<Name, number>> {
  const entries = Object.entries<Contestant>(contestants);
  const started: StackProcess[] = [];
  try {
    const batches = {} as Record<Name, Batch>;
    for (const [name, contestant] of entries) {
      const stack = await startStack(contestant);
      started.push(stack);
      batches[name as Name] = stack.batch;
    }
    // Two at a time, as no one is measured yet.
    const waiting = [...started];
    const warmNext = async (): Promise<void> => {
      for (let stack = waiting.pop(); stack !== undefined; stack = waiting.pop()) {
        await warmUp(stack.batch, effort.warmUpMs);
      }
    };
    await Promise.all([warmNext(), warmNext()]);
    return await interleave(batches, { ...effort, warmUpMs: 0 });
  } finally {
    for (const stack of started) stack[Symbol.dispose]();
  }
}

/** Tens of thousands of invocations have to pass until all of a stack is compiled. */
async function warmUp(batch: Batch, warmUpMs: number): Promise<void> {
  let iterations = 1;
  for (let spentMs = 0; spentMs < warmUpMs; ) {
    const ms = await batch(iterations);
    spentMs += ms;
    if (ms < warmUpMs / 20) iterations *= 2;
  }
}

interface StackProcess extends Disposable {
  readonly batch: Batch;
}

/** Starts one; it has checked that the stack gives the answer that the scenario expects. */
async function startStack([stack, scenario]: Contestant): Promise<StackProcess> {
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
