/**
 * The process of {@link ./stack-process.ts}: `stack-worker.ts STACK SCENARIO`. Told a number of
 * iterations, it answers with the milliseconds of CPU time that they took.
 *
 * @module
 */
import { ALONE, type Alone } from "../stacks/alone.ts";
import type { Handler } from "../stacks/order.ts";
import { WORKLOADS, type WorkloadName } from "../stacks/workloads.ts";
import { cpuMs } from "./cpu-time.ts";
import { contexts, eventsOf, SCENARIOS, type ScenarioName } from "./scenarios.ts";

const [, , stack = "", scenario = ""] = process.argv;
const { handler, event } = await load(stack);
const nextContext = contexts();
const answer = () => handler(event() as never, nextContext() as never);

swallowOutput();
await check();

process.on("message", async (iterations: number) => {
  const start = cpuMs();
  for (let count = 0; count < iterations; count++) await answer();
  process.send?.(cpuMs() - start);
});
process.send?.(0);

async function load(name: string): Promise<{ handler: Handler; event: () => unknown }> {
  if (name.startsWith("workload:")) {
    const workload = name.slice("workload:".length) as WorkloadName;
    return WORKLOADS[workload](Number(scenario));
  }
  const event = eventsOf(scenario as ScenarioName);
  if (Object.hasOwn(ALONE, name)) return { handler: ALONE[name as Alone](), event };
  const loaded = (await import(`../stacks/${name}.ts`)) as { readonly handler: Handler };
  return { handler: loaded.handler, event };
}

/** Whoever answers otherwise than all others does other work. */
async function check(): Promise<void> {
  if (!Object.hasOwn(SCENARIOS, scenario)) return;
  const { statuses }: { statuses: readonly number[] } = SCENARIOS[scenario as ScenarioName];
  const { statusCode } = (await answer()) as { readonly statusCode: number };
  if (statuses.includes(statusCode)) return;
  throw new Error(`The answer has the status ${statusCode}, not ${statuses.join(" or ")}.`);
}

/** What is printed goes the whole way of the console, and ends there, for all in the same way. */
function swallowOutput(): void {
  const write = (): boolean => true;
  Object.assign(process.stdout, { write });
  Object.assign(process.stderr, { write });
}
