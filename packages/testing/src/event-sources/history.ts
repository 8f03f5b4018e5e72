/**
 * What happened to the records of a simulated queue or stream, and what it came to.
 *
 * @module
 */

/**
 * What can happen to a record:
 * - `sent`: it came in;
 * - `delivered`: a handler was invoked with it;
 * - `done`: its work was done, by the test's own word;
 * - `done too late`: the same, but by an invocation that was over: in Lambda it would have been frozen or killed;
 * - `acknowledged`: the queue deleted it, or the stream's checkpoint passed it;
 * - `reported`: the answer named it (or for a stream, one before it) as failed, so it will come again;
 * - `failed`: its invocation failed, so it will come again;
 * - `timed out`: its invocation was killed, so it will come again;
 * - `dead-lettered`: it was moved to the dead-letter queue or told to the on-failure destination;
 * - `discarded`: its retries were used up, and there is no on-failure destination;
 * - `expired`: it stayed longer than its queue or stream keeps it.
 */
export type RecordFate =
  | "sent"
  | "delivered"
  | "done"
  | "done too late"
  | "acknowledged"
  | "reported"
  | "failed"
  | "timed out"
  | "dead-lettered"
  | "discarded"
  | "expired";

/** One thing that happened to one record. */
export interface HistoryEntry {
  /** Milliseconds since the simulation began, skipped waiting included. */
  readonly atMs: number;
  readonly fate: RecordFate;
  /** The message id or sequence number. */
  readonly id: string;
  /** The request id of the invocation in which it happened; `undefined` outside of any. */
  readonly requestId?: string | undefined;
}

/** What a history came to; each list has the ids of records, in the order in which they were sent. */
export interface Tally {
  /** Gone, with nobody told, although the work was never done. */
  readonly lost: readonly string[];
  /** Acknowledged at a time at which the work was not done. */
  readonly acknowledgedUndone: readonly string[];
  /** Done more than once. */
  readonly repeated: readonly string[];
  /** Done after a record that came later in the same order (message group, shard). */
  readonly outOfOrder: readonly string[];
  /** In the dead-letter queue or told to the on-failure destination. */
  readonly deadLettered: readonly string[];
  /** Those of them whose work was done all the same. */
  readonly deadLetteredDone: readonly string[];
  /** Done at least once. */
  readonly done: readonly string[];
  /** How often a record was handed to the handler, all together. */
  readonly deliveries: number;
  /** How many invocations were killed at the function's timeout. */
  readonly timeouts: number;
}

/** Facts of one record, read off its entries. */
interface Story {
  readonly group: string | undefined;
  readonly doneAt: number[];
  acknowledgedAt: number | undefined;
  end: RecordFate | undefined;
}

/**
 * What a history came to.
 *
 * @param groupOf the order that a record belongs to; `undefined` for none.
 */
export function tallyOf(
  history: readonly HistoryEntry[],
  groupOf: (id: string) => string | undefined,
): Tally {
  const stories = new Map<string, Story>();
  const killed = new Set<string | undefined>();
  let deliveries = 0;
  for (const [index, { id, fate, requestId }] of history.entries()) {
    const story = stories.get(id) ?? {
      group: groupOf(id),
      doneAt: [],
      acknowledgedAt: undefined,
      end: undefined,
    };
    stories.set(id, story);
    if (fate === "delivered") deliveries += 1;
    else if (fate === "timed out") killed.add(requestId);
    else if (fate === "done") story.doneAt.push(index);
    else if (fate === "acknowledged") story.acknowledgedAt = index;
    if (ENDS.has(fate)) story.end = fate;
  }
  const those = (test: (story: Story) => boolean): string[] =>
    [...stories].filter(([, story]) => test(story)).map(([id]) => id);
  const isDone = ({ doneAt }: Story): boolean => doneAt.length > 0;
  const isDeadLettered = ({ end }: Story): boolean => end === "dead-lettered";
  return {
    lost: those((story) => story.end !== undefined && !isDone(story) && !isDeadLettered(story)),
    acknowledgedUndone: those(
      ({ acknowledgedAt = -1, doneAt: [first = Number.POSITIVE_INFINITY] }) =>
        acknowledgedAt !== -1 && acknowledgedAt < first,
    ),
    repeated: those(({ doneAt }) => doneAt.length > 1),
    outOfOrder: overtaken(stories),
    deadLettered: those(isDeadLettered),
    deadLetteredDone: those((story) => isDeadLettered(story) && isDone(story)),
    done: those(isDone),
    deliveries,
    timeouts: killed.size,
  };
}

/** The fates after which a record does not come again. */
const ENDS: ReadonlySet<RecordFate> = new Set([
  "acknowledged",
  "dead-lettered",
  "discarded",
  "expired",
]);

/** Records that were first done after one that was sent after them. */
function overtaken(stories: ReadonlyMap<string, Story>): string[] {
  const earliestLater = new Map<string, number>();
  const found: string[] = [];
  for (const [id, { group, doneAt }] of [...stories].toReversed()) {
    const [first] = doneAt;
    if (group === undefined || first === undefined) continue;
    const later = earliestLater.get(group) ?? Number.POSITIVE_INFINITY;
    if (later < first) found.push(id);
    earliestLater.set(group, Math.min(later, first));
  }
  return found.toReversed();
}
