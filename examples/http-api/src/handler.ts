/** The order service as it is deployed: each operation behind `harden()`. */
import middy from "@middy/core";
import { PublicError, Secret } from "@middy-hardening/core";
import { harden } from "@middy-hardening/preset";
import { createDatabase, SIGNING_KEY } from "./database.ts";
import { createOrders } from "./orders.ts";
import { originOf, route } from "./router.ts";
import { NewOrder, OrderAnswer, OrderListAnswer, OrderPath, OrderQuery } from "./schemas.ts";

/** Known to the leak guard from here on: no response may carry it. */
const signingKey = new Secret("signing-key", SIGNING_KEY);

const orders = createOrders(createDatabase(), () => signingKey.reveal());

const protection = {
  payloadGuard: { methods: ["GET", "POST", "OPTIONS"] },
  securityHeaders: {
    cors: {
      origins: ["https://shop.example.com"],
      credentials: true,
      methods: ["GET", "POST"],
      allowedHeaders: ["content-type"],
    },
  },
} as const;

const createOrder = middy()
  .use(harden({ ...protection, body: NewOrder, duplicateKeys: "reject", response: OrderAnswer }))
  .handler((event) => orders.create(event.body, { origin: originOf(event) }));

const getOrder = middy()
  .use(harden({ ...protection, path: OrderPath, response: OrderAnswer }))
  .handler((event) => orders.get(event.pathParameters.id, { origin: originOf(event) }));

const listOrders = middy()
  .use(harden({ ...protection, query: OrderQuery, response: OrderListAnswer }))
  .handler((event) => orders.list(event.queryStringParameters, { origin: originOf(event) }));

const notFound = middy()
  .use(harden(protection))
  .handler(() => {
    throw new PublicError(404, { code: "route_not_found", detail: "There is nothing here." });
  });

export const handler = route({
  "POST /orders": createOrder,
  "GET /orders/{id}": getOrder,
  "GET /orders": listOrders,
  "*": notFound,
});
