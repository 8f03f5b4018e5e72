/**
 * The process of {@link ./stack-process.ts}: `stack-worker.ts STACK SCENARIO`. Told a number of
 * iterations, it answers with the milliseconds that they took.
 *
 * @module
 */
import { ALONE, type Alone } from "../stacks/alone.ts";
import type { Handler } from "../stacks/order.ts";
import { contexts, eventsOf, SCENARIOS, type ScenarioName } from "./scenarios.ts";

const [, , stack = "", scenario = "valid"] = process.argv;
const handler = await load(stack);
const nextEvent = eventsOf(scenario as ScenarioName);
const nextContext = contexts();

swallowOutput();
const { statusCode } = (await handler(nextEvent() as never, nextContext() as never)) as {
  statusCode: number;
};
const { statuses }: { statuses: readonly number[] } = SCENARIOS[scenario as ScenarioName];
if (!statuses.includes(statusCode)) {
  throw new Error(`The answer has the status ${statusCode}, not ${statuses.join(" or ")}.`);
}

process.on("message", async (iterations: number) => {
  const start = performance.now();
  for (let count = 0; count < iterations; count++) {
    await handler(nextEvent() as never, nextContext() as never);
  }
  process.send?.(performance.now() - start);
});
process.send?.(0);

async function load(name: string): Promise<Handler> {
  if (Object.hasOwn(ALONE, name)) return ALONE[name as Alone]();
  const loaded = (await import(`../stacks/${name}.ts`)) as { readonly handler: Handler };
  return loaded.handler;
}

/** What is printed goes the whole way of the console, and ends there, for all in the same way. */
function swallowOutput(): void {
  const write = (): boolean => true;
  Object.assign(process.stdout, { write });
  Object.assign(process.stderr, { write });
}
