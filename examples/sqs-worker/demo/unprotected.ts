/** For the demo alone: the same worker as teams write it without the suite, twice. */
import middy from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import type { SQSEvent } from "aws-lambda";
import type { Order } from "../src/schemas.ts";
import type { Warehouse } from "../src/warehouse.ts";

/** No deadline, so nothing to end a call with. */
const never = new AbortController().signal;

const orderOf = (body: string): Order => JSON.parse(body) as Order;

/** Under the stack that the team has around all of its functions. */
export function createUnderSharedStack(warehouse: Warehouse) {
  return middy<SQSEvent>()
    .use(httpErrorHandler({ logger: false, fallbackMessage: "Internal Server Error" }))
    .handler(async ({ Records }) => {
      for (const { body, messageId } of Records) {
        await warehouse.ship(orderOf(body), messageId, never);
      }
    });
}

/** With partial batch responses by hand, as the AWS documentation shows them. */
export function createByHand(warehouse: Warehouse) {
  return async ({ Records }: SQSEvent) => {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const { body, messageId } of Records) {
      try {
        await warehouse.ship(orderOf(body), messageId, never);
      } catch (error) {
        console.error(error);
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
}
