/**
 * The log that a simulation keeps of its records.
 *
 * @module
 */
import { currentInvocation } from "./batch-invocation.ts";
import type { HistoryEntry, RecordFate } from "./history.ts";
import type { SimulatedClock } from "./simulated-clock.ts";

/** A log of what happens to the records of one simulation. */
export interface RecordLog {
  readonly entries: readonly HistoryEntry[];
  /** Notes the same of each of these records. */
  note(fate: RecordFate, ids: readonly string[], requestId?: string): void;
  /** Notes that work is done, by the invocation that calls, if it still runs. */
  done(id: string): void;
}

/** @param clockOf the clock of a record's shard or queue; `undefined` for a record that was never sent. */
export function recordLog(clockOf: (id: string) => SimulatedClock | undefined): RecordLog {
  const entries: HistoryEntry[] = [];
  const note = (fate: RecordFate, ids: readonly string[], requestId?: string): void => {
    for (const id of ids) {
      const clock = clockOf(id);
      if (clock === undefined) {
        throw new TypeError(
          `@middy-hardening/testing: no record with the id ${JSON.stringify(id)} was sent.`,
        );
      }
      entries.push({ atMs: clock.now(), fate, id, requestId });
    }
  };
  return {
    entries,
    note,
    done(id) {
      const invocation = currentInvocation();
      note(invocation?.isOver ? "done too late" : "done", [id], invocation?.requestId);
    },
  };
}
