/**
 * For `npm run demo` in the repository: what becomes of ten messages of a queue, with two workers as
 * teams write them and with the hardened one. All of it is observed on a simulated queue.
 */
import {
  captureOutput,
  captureSecurityEvents,
  type InvokableHandler,
  simulatedQueue,
} from "@middy-hardening/testing";
import { createWorker } from "../src/handler.ts";
import type { Warehouse } from "../src/warehouse.ts";
import { type Situation, situations, warehouseOf } from "./situations.ts";
import { createByHand, createUnderSharedStack } from "./unprotected.ts";

/** What was seen of one twin in one situation. */
interface Observation {
  readonly words: string;
  /** Messages lost, repeated, acknowledged without having been done, out of order, or moved aside in vain. */
  readonly harm: number;
  readonly lost: number;
  readonly events: readonly string[];
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly sharedStack: Observation;
  readonly byHand: Observation;
  readonly hardened: Observation;
}

const RESERVE_MS = 70;
const FUNCTION_TIMEOUT_MS = 200;

export async function queueRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const situation of situations) {
    rows.push({
      name: situation.name,
      sharedStack: await observe(situation, createUnderSharedStack),
      byHand: await observe(situation, createByHand),
      hardened: await observe(situation, (warehouse) => createWorker(warehouse, RESERVE_MS)),
    });
  }
  return rows;
}

async function observe(
  situation: Situation,
  create: (warehouse: Warehouse) => InvokableHandler,
): Promise<Observation> {
  using _output = captureOutput();
  using security = captureSecurityEvents();
  const queue = simulatedQueue({ name: situation.queueName, maxReceiveCount: 5 });
  const ids = situation.bodies.map((body) => queue.send(body, "customer-7"));
  const handler = create(warehouseOf(situation, queue));
  const tally = await queue.drain(handler, { functionTimeoutMs: FUNCTION_TIMEOUT_MS });

  const faulty = situation.faulty === undefined ? undefined : ids[situation.faulty];
  const inVain = tally.deadLettered.filter((id) => id !== faulty);
  const found: readonly (readonly [number, string])[] = [
    [tally.lost.length, "lost"],
    [tally.acknowledgedUndone.length, "acknowledged undone"],
    [tally.repeated.length, "done again"],
    [tally.outOfOrder.length, "out of order"],
    [inVain.length, "moved aside in vain"],
  ];
  const harm = found.filter(([count]) => count > 0);
  const good = `${tally.done.length} done once${tally.deadLettered.length > 0 ? ", the faulty one moved aside" : ""}`;
  return {
    words: harm.map(([count, what]) => `${count} ${what}`).join(", ") || good,
    harm: harm.reduce((sum, [count]) => sum + count, 0),
    lost: tally.lost.length,
    events: [...new Set(security.events.map(({ name }) => name))],
  };
}
