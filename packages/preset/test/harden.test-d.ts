import middy from "@middy/core";
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  Context,
  SQSEvent,
} from "aws-lambda";
import { expectTypeOf } from "vitest";
import * as z from "zod/mini";
import { harden } from "../src/index.ts";

const Order = z.object({
  sku: z.string(),
  at: z.pipe(
    z.string(),
    z.transform((text) => new Date(text)),
  ),
});

// The schema's output is the handler's type, with the rest of the event as API Gateway sends it.
middy()
  .use(harden({ body: Order }))
  .handler((event, context) => {
    expectTypeOf(event.body).toEqualTypeOf<{ sku: string; at: Date }>();
    expectTypeOf(event.requestContext).toEqualTypeOf<APIGatewayProxyEventV2["requestContext"]>();
    expectTypeOf(context).toExtend<Context>();
  });

// Another kind of event, other options beside, and further middlewares in the same array.
middy()
  .use([
    ...harden({
      eventSource: "api-gateway-rest",
      query: z.object({ limit: z.string() }),
      securityLogger: false,
    }),
    { before: () => undefined },
  ])
  .handler((event) => {
    expectTypeOf(event.queryStringParameters).toEqualTypeOf<{ limit: string }>();
    expectTypeOf(event.requestContext).toEqualTypeOf<APIGatewayProxyEvent["requestContext"]>();
  });

middy()
  .use(harden({ eventSource: "alb", body: Order }))
  .handler((event) => {
    expectTypeOf(event.requestContext).toEqualTypeOf<ALBEvent["requestContext"]>();
  });

// Without a schema the event keeps the type that its author gave it.
middy<SQSEvent>()
  .use(harden())
  .handler((event) => {
    expectTypeOf(event).toEqualTypeOf<SQSEvent>();
  });
middy<SQSEvent>()
  .use(harden({ payloadGuard: false, response: z.object({}) }))
  .handler((event) => {
    expectTypeOf(event).toEqualTypeOf<SQSEvent>();
  });

// @ts-expect-error: a misspelt group
harden({ payloadGard: false });
// @ts-expect-error: `true` is no set of options
harden({ payloadGuard: true });
