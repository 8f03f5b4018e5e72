/** The payment provider; here it stands in for a service that is called over the network. */
import { setTimeout as sleep } from "node:timers/promises";
import { PublicError } from "@middy-hardening/core";
import type { Charge, Receipt } from "./schemas.ts";

export interface Payments {
  /**
   * Charges a card, once for each order however often it is asked: a state machine retries.
   *
   * @param signal ends the call when there is no time left for it.
   * @throws CardDeclined when the card's bank refuses.
   */
  charge(charge: Charge, signal: AbortSignal): Promise<Receipt>;
}

/** What the state machine matches on: its name becomes the `errorType` of the failed task. */
export class CardDeclined extends PublicError {
  constructor() {
    super(402, { code: "card_declined", detail: "The card's bank refused the payment." });
    this.name = "CardDeclined";
  }
}

export function createPayments(): Payments {
  const receipts = new Map<string, Receipt>();
  return {
    async charge({ orderId, amountCents, cardToken }, signal) {
      await sleep(20, undefined, { signal });
      if (cardToken.startsWith("tok_declined")) throw new CardDeclined();
      const receipt = receipts.get(orderId) ?? {
        orderId,
        paymentId: `pay_${orderId}`,
        amountCents,
      };
      receipts.set(orderId, receipt);
      return receipt;
    },
  };
}
