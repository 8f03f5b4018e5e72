/**
 * Measuring several ways to do the same work, so that whatever else the machine does meets all of them.
 *
 * @module
 */
import { cpuMs } from "./cpu-time.ts";
import { median } from "./statistics.ts";

/** Does the work so many times, and resolves to the milliseconds of CPU time that it took. */
export type Batch = (iterations: number) => number | Promise<number>;

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** Length of each batch. */
  readonly batchMs: number;
  /** For how long each one runs before it is measured, so that its code is compiled. */
  readonly warmUpMs: number;
}

/** The work in this process. What `work` returns is kept, so that no compiler leaves it out. */
export function inProcess(work: () => unknown): Batch {
  return (iterations) => {
    collectGarbage();
    const start = cpuMs();
    for (let count = 0; count < iterations; count++) kept = work();
    return cpuMs() - start;
  };
}

/** The same for work that returns a promise. */
export function inProcessAsync(work: () => Promise<unknown>): Batch {
  return async (iterations) => {
    collectGarbage();
    const start = cpuMs();
    for (let count = 0; count < iterations; count++) kept = await work();
    return cpuMs() - start;
  };
}

let kept: unknown;

/**
 * So that nobody's batch has to collect what another one left. Not all of it: that would throw away the
 * code of regular expressions too, and make the redactor look twice as slow.
 */
const collectGarbage = (): unknown => globalThis.gc?.({ type: "minor" });

/** What the last piece of work returned. */
export const lastResult = (): unknown => kept;

/** Runs all contestants in turns, and gives for each the median of the microseconds that one iteration took. */
export async function interleave<Name extends string>(
  contestants: Readonly<Record<Name, Batch>>,
  effort: Effort,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[];
  const iterations = {} as Record<Name, number>;
  const figures = {} as Record<Name, number[]>;
  for (const name of names) {
    iterations[name] = await warmUp(contestants[name], effort);
    figures[name] = [];
  }
  for (let round = 0; round < effort.rounds; round++) {
    // Each round begins with another one: what comes first or last has no lasting advantage of it.
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const ms = await contestants[name](iterations[name]);
      figures[name].push((ms * 1000) / iterations[name]);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(figures[name])])) as Record<
    Name,
    number
  >;
}

/** Runs one until its code is compiled; gives how many iterations fill a batch. */
async function warmUp(batch: Batch, { batchMs, warmUpMs }: Effort): Promise<number> {
  const end = performance.now() + warmUpMs;
  let iterations = 1;
  let ms = await batch(1);
  while (performance.now() < end || ms < batchMs / 2) {
    const wanted = (iterations * batchMs) / Math.max(ms, 0.001);
    iterations = Math.max(1, Math.ceil(Math.min(wanted, iterations * 10)));
    ms = await batch(iterations);
  }
  return Math.max(1, Math.round((iterations * batchMs) / ms));
}
