/** What one writes without a middleware: parse, check, answer 400. */
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { placeOrder } from "./order.ts";
import { OrderSchema } from "./order-zod-mini.ts";

const answer = (statusCode: number, message: string) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message }),
});

const place = async (event: APIGatewayProxyEventV2) => {
  let body: unknown;
  try {
    body = JSON.parse(event.body ?? "");
  } catch {
    return answer(400, "The body is not JSON.");
  }
  const order = OrderSchema.safeParse(body);
  if (!order.success) return answer(400, "The order is not valid.");
  try {
    return placeOrder(order.data);
  } catch {
    return answer(500, "Internal Server Error");
  }
};

export const handler = middy<APIGatewayProxyEventV2>().handler(place);
