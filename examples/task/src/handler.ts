/**
 * The task as it is deployed: charges an order, called directly by a state machine.
 *
 * Whatever goes wrong has an `errorType` to match on: `CardDeclined` when the bank refused,
 * `validation_failed` for an input that is no charge, `DeadlineExceeded` when the time was up, and a
 * neutral `InternalError` for all that has no words for others.
 */
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { createPayments, type Payments } from "./payments.ts";
import { Charge, Receipt } from "./schemas.ts";

/** @param reserveMs time of the function's timeout that is kept for the answer. */
export function createTask(payments: Payments, reserveMs = 500) {
  const deadline = timeoutGuard({ reserveMs });
  return middy(deadline.plugin)
    .use(harden({ event: Charge, response: Receipt, timeoutGuard: deadline }))
    .handler((charge, context) => payments.charge(charge, context.deadline.signal));
}

export const handler = createTask(createPayments());
