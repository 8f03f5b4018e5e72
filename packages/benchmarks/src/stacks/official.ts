/** Middy's own middlewares. */
import middy from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import httpSecurityHeaders from "@middy/http-security-headers";
import validator from "@middy/validator";
import { type Order, placeOrder } from "./order.ts";
import { validateEvent } from "./order-ajv.ts";

export const handler = middy()
  .use(httpJsonBodyParser())
  .use(validator({ eventSchema: validateEvent }))
  .use(httpSecurityHeaders())
  // Quiet: the stacks that log are compared with each other.
  .use(httpErrorHandler({ logger: false }))
  .handler(async (event) => placeOrder(event.body as unknown as Order));
