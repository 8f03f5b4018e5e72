/**
 * Reading one shard as Lambda does: batch after batch, in order, from a checkpoint on.
 *
 * @module
 * @see "Configuring partial batch response with Kinesis Data Streams and Lambda" (checkpoint,
 *   bisecting a batch), "Retain discarded batch records" in the AWS documentation.
 */
import type { BatchOutcome } from "./batch-invocation.ts";
import type { RecordFate } from "./history.ts";
import type { SimulatedClock } from "./simulated-clock.ts";

/** A record of a shard. */
export interface ShardRecord {
  /** Its sequence number. */
  readonly id: string;
  /** When it was put. */
  readonly atMs: number;
}

/** A shard; records may be added while it is read. */
export interface Shard<Record extends ShardRecord> {
  readonly index: number;
  /** Its own: a shard that is held up does not hold up the others. */
  readonly clock: SimulatedClock;
  readonly records: Record[];
  /** How many of its records have been read. */
  position: number;
}

/** How the event source mapping treats failures. */
export interface ShardSettings {
  readonly batchSize: number;
  readonly bisectBatchOnFunctionError: boolean;
  /** `Infinity` for no limit. */
  readonly maximumRetryAttempts: number;
  readonly maximumRecordAgeMs: number;
  readonly onFailureDestination: boolean;
}

/** What reading a shard needs of its stream. */
export interface ShardReader<Record extends ShardRecord> {
  /** Invokes the function with a batch. */
  deliver(batch: readonly Record[], requestId: string): Promise<BatchOutcome>;
  note(fate: RecordFate, batch: readonly Record[], requestId?: string): void;
  newRequestId(): string;
}

/** A batch, and how often a batch that begins at the same record has failed. */
interface Attempt<Record> {
  readonly batch: readonly Record[];
  readonly failures: number;
}

/** Reads a shard until its end. */
export async function readShard<Record extends ShardRecord>(
  shard: Shard<Record>,
  settings: ShardSettings,
  reader: ShardReader<Record>,
): Promise<void> {
  let waiting: readonly Attempt<Record>[] = [];
  for (;;) {
    const [next = nextOf(shard, settings), ...others] = waiting;
    if (next.batch.length === 0) return;
    waiting = [...(await attempt(next, shard.clock, settings, reader)), ...others];
  }
}

function nextOf<Record extends ShardRecord>(
  shard: Shard<Record>,
  { batchSize }: ShardSettings,
): Attempt<Record> {
  const batch = shard.records.slice(shard.position, shard.position + batchSize);
  shard.position += batch.length;
  return { batch, failures: 0 };
}

/** Delivers a batch once. @returns what of it has to be delivered again. */
async function attempt<Record extends ShardRecord>(
  { batch, failures }: Attempt<Record>,
  clock: SimulatedClock,
  settings: ShardSettings,
  reader: ShardReader<Record>,
): Promise<readonly Attempt<Record>[]> {
  const { bisectBatchOnFunctionError, maximumRetryAttempts, maximumRecordAgeMs } = settings;
  const giveUp = (given: readonly Record[], fate: RecordFate): void =>
    reader.note(settings.onFailureDestination ? "dead-lettered" : fate, given);

  const tooOld = batch.filter(({ atMs }) => atMs + maximumRecordAgeMs <= clock.now());
  if (tooOld.length > 0) {
    giveUp(tooOld, "expired");
    return pieces(batch.slice(tooOld.length));
  }

  const requestId = reader.newRequestId();
  reader.note("delivered", batch, requestId);
  const outcome = await reader.deliver(batch, requestId);
  if (typeof outcome === "string") {
    reader.note(outcome, batch, requestId);
    if (bisectBatchOnFunctionError && batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      return pieces(batch.slice(0, middle), batch.slice(middle));
    }
  } else {
    // The lowest sequence number that is reported; a batch is in their order.
    const first = batch.findIndex(({ id }) => outcome.reported.includes(id));
    const checkpoint = first === -1 ? batch.length : first;
    reader.note("acknowledged", batch.slice(0, checkpoint), requestId);
    reader.note("reported", batch.slice(checkpoint), requestId);
    // The answer let the shard move on: what remains begins anew.
    if (checkpoint > 0) return pieces(batch.slice(checkpoint));
  }
  if (failures >= maximumRetryAttempts) {
    giveUp(batch, "discarded");
    return [];
  }
  clock.skipTo(clock.now() + backoffMs(failures));
  return [{ batch, failures: failures + 1 }];
}

const pieces = <Record>(...batches: readonly (readonly Record[])[]): readonly Attempt<Record>[] =>
  batches.filter((batch) => batch.length > 0).map((batch) => ({ batch, failures: 0 }));

/** Waiting before a retry: doubled after each failure, up to a minute. AWS does not say how long. */
const backoffMs = (failures: number): number => Math.min(60_000, 1_000 * 2 ** failures);
