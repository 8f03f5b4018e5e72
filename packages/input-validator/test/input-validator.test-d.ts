import middy from "@middy/core";
import type { HttpEventSource } from "@middy-hardening/core";
import { type } from "arktype";
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  Context,
  LambdaFunctionURLEvent,
  SQSEvent,
} from "aws-lambda";
import * as v from "valibot";
import { expectTypeOf } from "vitest";
import * as z from "zod";
import * as mini from "zod/mini";
import { inputValidator, type ValidatedContext, type ValidatedEvent } from "../src/index.ts";

interface Order {
  sku: string;
  quantity: number;
}

const order = z.object({ sku: z.string(), quantity: z.int() });

// The body replaces the text; all else of an HTTP API's event stays.
middy()
  .use(inputValidator({ body: order }))
  .handler(async (event, context) => {
    expectTypeOf(event.body).toEqualTypeOf<Order>();
    expectTypeOf(event.rawPath).toEqualTypeOf<string>();
    expectTypeOf(event.requestContext).toEqualTypeOf<APIGatewayProxyEventV2["requestContext"]>();
    expectTypeOf(event.queryStringParameters).toEqualTypeOf<
      APIGatewayProxyEventV2["queryStringParameters"]
    >();
    expectTypeOf(context).toEqualTypeOf<Context>();
    // @ts-expect-error: not in the schema
    event.body.price;
  });

// Every library.
middy()
  .use(inputValidator({ body: mini.object({ sku: mini.string(), quantity: mini.int() }) }))
  .handler(async (event) => expectTypeOf(event.body).toEqualTypeOf<Order>());
middy()
  .use(inputValidator({ body: v.object({ sku: v.string(), quantity: v.number() }) }))
  .handler(async (event) => expectTypeOf(event.body).toEqualTypeOf<Order>());
middy()
  .use(inputValidator({ body: type({ sku: "string", quantity: "number" }) }))
  .handler(async (event) => expectTypeOf(event.body).toEqualTypeOf<Order>());
middy()
  .use(inputValidator({ body: v.objectAsync({ sku: v.string(), quantity: v.number() }) }))
  .handler(async (event) => expectTypeOf(event.body).toEqualTypeOf<Order>());

// Every kind of HTTP event.
middy()
  .use(inputValidator({ eventSource: "api-gateway-rest", body: order }))
  .handler(async (event) => {
    expectTypeOf(event.body).toEqualTypeOf<Order>();
    expectTypeOf(event.multiValueHeaders).toEqualTypeOf<
      APIGatewayProxyEvent["multiValueHeaders"]
    >();
  });
middy()
  .use(inputValidator({ eventSource: "api-gateway-http", body: order }))
  .handler(async (event) => expectTypeOf(event.rawQueryString).toEqualTypeOf<string>());
middy()
  .use(inputValidator({ eventSource: "function-url", body: order }))
  .handler(async (event) =>
    expectTypeOf(event.requestContext).toEqualTypeOf<LambdaFunctionURLEvent["requestContext"]>(),
  );
middy()
  .use(inputValidator({ eventSource: "alb", body: order }))
  .handler(async (event) =>
    expectTypeOf(event.requestContext).toEqualTypeOf<ALBEvent["requestContext"]>(),
  );
expectTypeOf<ValidatedEvent<{ eventSource: "alb" }>>().toEqualTypeOf<ALBEvent>();
expectTypeOf<ValidatedEvent<object>>().toEqualTypeOf<unknown>();
expectTypeOf<ValidatedEvent<{ response: typeof order }>>().toEqualTypeOf<unknown>();

// With nothing said of the event, it keeps the type that its author gave it.
middy<SQSEvent>()
  .use(inputValidator({ response: order }))
  .handler(async (event) => expectTypeOf(event).toEqualTypeOf<SQSEvent>());

// A union of sources is a union of events, each with the parts in place.
expectTypeOf<
  ValidatedEvent<{ eventSource: "alb" | "api-gateway-rest"; body: typeof order }>["body"]
>().toEqualTypeOf<Order>();
expectTypeOf<ValidatedEvent<{ eventSource: HttpEventSource }>>().toEqualTypeOf<
  ALBEvent | APIGatewayProxyEvent | APIGatewayProxyEventV2 | LambdaFunctionURLEvent
>();

// Optional parts, transforms and defaults: what the handler gets is the output.
middy()
  .use(
    inputValidator({
      body: order.optional(),
      query: z.object({ limit: z.coerce.number().default(20), tag: z.array(z.string()) }),
      path: z.object({ id: z.string().transform((id) => BigInt(id)) }),
      headers: z.object({ "x-tenant": z.string() }),
      repeatedQuery: ["tag"],
    }),
  )
  .handler(async (event) => {
    expectTypeOf(event.body).toEqualTypeOf<Order | undefined>();
    expectTypeOf(event.queryStringParameters).toEqualTypeOf<{ limit: number; tag: string[] }>();
    expectTypeOf(event.pathParameters).toEqualTypeOf<{ id: bigint }>();
    expectTypeOf(event.headers).toEqualTypeOf<{ "x-tenant": string }>();
    expectTypeOf(event.routeKey).toEqualTypeOf<string>();
  });

// The array form of `.use`.
const timer = { before: (): void => {} };
middy()
  .use([timer, inputValidator({ body: order, context: z.object({ tenant: z.string() }) })])
  .handler(async (event, context) => {
    expectTypeOf(event.body).toEqualTypeOf<Order>();
    expectTypeOf(context.tenant).toEqualTypeOf<string>();
    expectTypeOf(context.getRemainingTimeInMillis()).toEqualTypeOf<number>();
  });

// The whole event, of any trigger, and a part of it in addition.
middy()
  .use(inputValidator({ event: z.object({ id: z.number() }) }))
  .handler(async (event) => expectTypeOf(event).toEqualTypeOf<{ id: number }>());
middy()
  .use(inputValidator({ event: z.object({ rawPath: z.string(), body: z.string() }), body: order }))
  .handler(async (event) => {
    expectTypeOf(event.rawPath).toEqualTypeOf<string>();
    expectTypeOf(event.body).toEqualTypeOf<Order>();
  });
type Either = ValidatedEvent<{
  event: z.ZodType<{ kind: "a"; a: 1; body: string } | { kind: "b"; b: 2 }>;
  body: typeof order;
}>;
expectTypeOf<Extract<Either, { kind: "a" }>["a"]>().toEqualTypeOf<1>();
expectTypeOf<Either["body"]>().toEqualTypeOf<Order>();

// A key that may be undefined: the output, or what was there without it.
type Perhaps = ValidatedEvent<{ readonly body?: typeof order; readonly query: undefined }>;
expectTypeOf<Perhaps["body"]>().toEqualTypeOf<Order | string | undefined>();
expectTypeOf<Perhaps["queryStringParameters"]>().toEqualTypeOf<
  APIGatewayProxyEventV2["queryStringParameters"]
>();
expectTypeOf<ValidatedContext<{ context?: typeof order }>>().toEqualTypeOf<Context>();
expectTypeOf<ValidatedContext<{ context: typeof order }>>().toEqualTypeOf<Context & Order>();

// What middlewares further out know of the event stays.
middy<{ tenant: string }>()
  .use(inputValidator({ body: order }))
  .handler(async (event) => {
    expectTypeOf(event.tenant).toEqualTypeOf<string>();
    expectTypeOf(event.body).toEqualTypeOf<Order>();
  });

// @ts-expect-error: no schema
inputValidator({ body: { type: "object" } });
// @ts-expect-error: a misspelt option
inputValidator({ bdy: order });
