/** Powertools' Parser, with Middy's middlewares for all else. */
import { ApiGatewayV2Envelope } from "@aws-lambda-powertools/parser/envelopes/api-gatewayv2";
import { JSONStringified } from "@aws-lambda-powertools/parser/helpers";
import { parser } from "@aws-lambda-powertools/parser/middleware";
import middy from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import httpSecurityHeaders from "@middy/http-security-headers";
import { type Order, placeOrder } from "./order.ts";
import { OrderSchema } from "./order-zod.ts";

export const handler = middy()
  .use(parser({ schema: JSONStringified(OrderSchema), envelope: ApiGatewayV2Envelope }))
  .use(httpSecurityHeaders())
  .use(httpErrorHandler({ logger: false }))
  .handler(async (order) => placeOrder(order as unknown as Order));
