/**
 * The work that all stacks do: an order of ten items is checked and placed.
 *
 * @module
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

export interface Order {
  readonly reference: string;
  readonly customer: { readonly name: string; readonly country: string };
  readonly items: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly price: number;
    readonly note?: string | undefined;
  }[];
}

/** What each schema says, in whichever language. */
export const LIMITS = {
  reference: /^[A-Z]{3}-[0-9]{6}$/,
  sku: /^[A-Z]{2}-[0-9]{4}$/,
  country: /^[A-Z]{2}$/,
  maxNameLength: 100,
  maxNoteLength: 200,
  maxQuantity: 1000,
  maxItems: 50_000,
} as const;

/** An order that the handler fails on. */
export const UNLUCKY = "ERR-000500";

/** The handler's own work. */
export function placeOrder({ reference, items }: Order): APIGatewayProxyStructuredResultV2 {
  if (reference === UNLUCKY) throw new Error("connect ECONNREFUSED 10.0.3.7:5432");
  let total = 0;
  for (const { quantity, price } of items) total += quantity * price;
  return {
    statusCode: 201,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ reference, total, state: "accepted" }),
  };
}

/** What the floors do: nothing is checked. */
export const placeUnchecked = async ({ body }: APIGatewayProxyEventV2) =>
  placeOrder(JSON.parse(body ?? ""));

/** A stack, whatever types its middlewares give to event and context. */
export type Handler = (event: never, context: never) => unknown;
