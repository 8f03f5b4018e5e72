/**
 * The records of a batch, each given to the work on it while there is time.
 *
 * @module
 */
import type { EventRecord } from "@middy-hardening/core";
import type { InvocationDeadline } from "./invocation-deadline.ts";

export interface BatchPlan {
  readonly records: readonly EventRecord[];
  readonly deadline: InvocationDeadline;
  readonly parallel: number;
  /** Whether no record is begun once one has failed, since all of them will be delivered again. */
  readonly stopsAtFailure: boolean;
  work(record: EventRecord): unknown;
  onFailure(record: EventRecord, error: unknown): void;
  /** Called when there is no time for all records, with how many are left. */
  onShortage(unfinished: number): void;
}

/** What became of a batch. A record that is in neither was not begun, or not finished. */
export interface BatchOutcome {
  readonly done: ReadonlySet<EventRecord>;
  readonly failures: ReadonlyMap<EventRecord, unknown>;
  /** Records whose work goes on although nobody waits for it. */
  readonly abandoned: number;
}

/** Part of the reserve in which work that was told to stop may come to its end. */
const SETTLING = 1 / 10;

/** How many of the last records say how long another one takes. */
const REMEMBERED = 20;

/**
 * Milliseconds that another record is expected to take, by those before it: the second longest and a
 * quarter more, since one that takes much longer than all others, such as the first, which opens the
 * connections, says little of the rest. While there are few, the longest.
 */
function expectedMs(recentMs: readonly number[]): number {
  const [longest = 0, second = 0] = recentMs.toSorted((one, other) => other - one);
  return recentMs.length < 3 ? longest : second * 1.25;
}

export async function runBatch(plan: BatchPlan): Promise<BatchOutcome> {
  const { records, deadline, parallel } = plan;
  const done = new Set<EventRecord>();
  const failures = new Map<EventRecord, unknown>();
  const recentMs: number[] = [];
  let inWork = 0;
  let isOver = false;
  let isShort = false;

  const tellShortage = (): void => plan.onShortage(records.length - done.size - failures.size);
  const mayBegin = (): boolean => {
    if (isOver || isShort || (plan.stopsAtFailure && failures.size > 0)) return false;
    const leftMs = deadline.remainingMs();
    if (leftMs > expectedMs(recentMs)) return true;
    // Work that never yields keeps the timer from firing.
    if (leftMs === 0) deadline.pass();
    isShort = true;
    return false;
  };
  const attempt = async (record: EventRecord): Promise<boolean> => {
    const beganAt = performance.now();
    inWork += 1;
    try {
      await plan.work(record);
      if (!isOver) done.add(record);
      return true;
    } catch (error) {
      // What fails once it was told to stop is not to blame for it.
      if (!isOver && !deadline.hasPassed) {
        failures.set(record, error);
        plan.onFailure(record, error);
      }
      return false;
    } finally {
      inWork -= 1;
      recentMs.push(performance.now() - beganAt);
      if (recentMs.length > REMEMBERED) recentMs.shift();
    }
  };
  const lanes = lanesOf(records).values();
  /** Each worker takes a lane, and does its records one by one until one of them fails. */
  const worker = async (): Promise<void> => {
    for (const lane of lanes) {
      for (const record of lane) {
        if (!mayBegin()) return;
        if (!(await attempt(record))) break;
      }
    }
  };

  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = Promise.withResolvers<void>();
  const forget = deadline.onPassed(() => {
    tellShortage();
    timer = setTimeout(timeIsUp.resolve, deadline.reserveMs * SETTLING);
  });
  const workers = Array.from({ length: Math.min(parallel, records.length) }, worker);
  await Promise.race([Promise.all(workers), timeIsUp.promise]);
  isOver = true;
  clearTimeout(timer);
  forget();
  if (isShort) tellShortage();
  return { done, failures, abandoned: inWork };
}

/** Records in order make one lane; any other record has a lane of its own. */
function lanesOf(records: readonly EventRecord[]): readonly (readonly EventRecord[])[] {
  const lanes = new Map<unknown, EventRecord[]>();
  for (const record of records) {
    const key = record.orderGroup ?? record;
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [record]);
    else lane.push(record);
  }
  return [...lanes.values()];
}
