/**
 * The worker as it is deployed: orders from a queue, each validated and shipped by itself.
 *
 * What is not valid, fails, or does not fit into the time that is left is reported, so that the
 * queue delivers it again, and nothing else. Of a FIFO queue, what follows it in its message group
 * is reported with it.
 */
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";
import { forEachRecord, timeoutGuard } from "@middy-hardening/timeout-guard";
import { Order } from "./schemas.ts";
import { createWarehouse, type Warehouse } from "./warehouse.ts";

/** @param reserveMs time of the function's timeout that is kept for the answer. */
export function createWorker(warehouse: Warehouse, reserveMs = 1_000) {
  const deadline = timeoutGuard({ reserveMs });
  return middy(deadline.plugin)
    .use(harden({ eventSource: "sqs", record: Order, timeoutGuard: deadline }))
    .handler((event, context) =>
      forEachRecord(
        event,
        context,
        ({ body, messageId }, { signal }) => warehouse.ship(body, messageId, signal),
        // One that hangs does not hold up the others; those of one message group are never parallel.
        { parallel: 5 },
      ),
    );
}

export const handler = createWorker(createWarehouse());
