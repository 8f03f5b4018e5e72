/**
 * The warehouse that ships what was ordered; here it stands in for a service that is called over
 * the network.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Order } from "./schemas.ts";

export interface Warehouse {
  /**
   * Ships an order. A queue delivers at least once, so the same order may be asked for again: its id
   * is the key by which a real warehouse would ship it only once.
   *
   * @param signal ends the call when there is no time left for it.
   */
  ship(order: Order, messageId: string, signal: AbortSignal): Promise<void>;
}

export function createWarehouse(): Warehouse {
  const shipped = new Set<string>();
  return {
    async ship({ orderId }, _messageId, signal) {
      if (shipped.has(orderId)) return;
      await sleep(20, undefined, { signal });
      shipped.add(orderId);
    },
  };
}
