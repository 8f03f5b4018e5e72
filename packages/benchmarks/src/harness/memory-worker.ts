/**
 * A process whose memory is measured: `memory-worker.ts STACK SCENARIO INVOCATIONS`. It answers with the
 * bytes of the heap after each of the numbers of invocations (`1000,20000`); with `0`, with the bytes that
 * a single invocation allocates (no garbage may be collected then).
 *
 * @module
 */
import type { Handler } from "../stacks/order.ts";
import { contexts, eventsOf, type ScenarioName } from "./scenarios.ts";

const [, , stack = "", scenario = "valid", counts = "0"] = process.argv;
const { handler } = (await import(`../stacks/${stack}.ts`)) as { readonly handler: Handler };
const nextEvent = eventsOf(scenario as ScenarioName);
const nextContext = contexts();
const invoke = (event = nextEvent()) => handler(event as never, nextContext() as never);

const write = (): boolean => true;
Object.assign(process.stdout, { write });
Object.assign(process.stderr, { write });

const nextTurn = (ms = 0): Promise<void> =>
  new Promise((resolve) => {
    if (ms === 0) setImmediate(resolve);
    else setTimeout(resolve, ms);
  });

const bytesInUse = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Several times, since finalizers and what sweeps buffers have to have their turn. */
async function collectGarbage(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await nextTurn(20);
    globalThis.gc?.();
  }
  await nextTurn(50);
}

async function allocated(): Promise<number> {
  for (let count = 0; count < 5; count++) await invoke();
  const event = nextEvent();
  await collectGarbage();
  const before = bytesInUse();
  await invoke(event);
  return bytesInUse() - before;
}

async function heapAfter(invocations: readonly number[]): Promise<number[]> {
  const heaps: number[] = [];
  let done = 0;
  for (const goal of invocations) {
    for (; done < goal; done++) {
      await invoke();
      // The event loop has its turn, as it has between invocations.
      if (done % 20 === 0) await nextTurn();
    }
    await collectGarbage();
    heaps.push(bytesInUse());
  }
  return heaps;
}

const figures =
  counts === "0" ? [await allocated()] : await heapAfter(counts.split(",").map(Number));
process.send?.(figures, () => {
  process.exit();
});
