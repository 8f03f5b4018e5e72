/**
 * Work that is done once for each delivery, in whichever environment a copy of it arrives: what was
 * seen is kept in DynamoDB, since environments share no memory.
 */
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  makeIdempotent,
} from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { PublicError } from "@middy-hardening/core";
import type { Context } from "aws-lambda";

/** Three days: the provider has given up repeating a delivery by then. */
const EXPIRES_AFTER_SECONDS = 259_200;

export interface OncePerDelivery<Payload> {
  readonly deliveryId: string;
  readonly payload: Payload;
}

/**
 * @param work is not run for a delivery that was seen before; when it fails, the delivery counts
 *   as not seen, so that the provider's next attempt is worked on.
 * @throws PublicError 409 `already_delivered`, or `delivery_in_progress` while another invocation
 *   works on the same delivery.
 */
export function oncePerDelivery<Payload>(
  tableName: string,
  work: (payload: Payload) => Promise<void>,
): (delivery: OncePerDelivery<Payload>, context: Context) => Promise<void> {
  const store = new DynamoDBPersistenceLayer({ tableName });
  const config = new IdempotencyConfig({
    eventKeyJmesPath: "deliveryId",
    throwOnNoIdempotencyKey: true,
    expiresAfterSeconds: EXPIRES_AFTER_SECONDS,
    hashFunction: "sha256",
    responseHook: () => {
      throw new PublicError(409, {
        code: "already_delivered",
        detail: "This delivery was received before.",
      });
    },
  });
  const workOnce = makeIdempotent(
    async ({ payload }: OncePerDelivery<Payload>) => {
      await work(payload);
      return true; // A record without a result would not count as done.
    },
    { persistenceStore: store, config },
  );
  return async (delivery, context) => {
    // So that a claim ends with the time of the invocation that made it.
    config.registerLambdaContext(context);
    try {
      await workOnce(delivery);
    } catch (error) {
      if (!(error instanceof IdempotencyAlreadyInProgressError)) throw error;
      throw new PublicError(409, {
        code: "delivery_in_progress",
        detail: "This delivery is being worked on.",
        headers: { "retry-after": "5" },
        cause: error,
      });
    }
  };
}
