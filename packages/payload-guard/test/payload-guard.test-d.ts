import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expectTypeOf } from "vitest";
import byDefault, {
  type PayloadGuardOptions,
  payloadGuard,
  type ResponseGuardOptions,
  responseGuard,
} from "../src/index.ts";

expectTypeOf(payloadGuard).parameter(0).toEqualTypeOf<PayloadGuardOptions | undefined>();
expectTypeOf<ReturnType<typeof payloadGuard>>().toEqualTypeOf<MiddlewareObj>();
expectTypeOf(byDefault).toEqualTypeOf(payloadGuard);

// The guard leaves the handler's event as it is, alone and in an array.
middy<APIGatewayProxyEventV2>()
  .use(payloadGuard())
  .use([payloadGuard({ maxBytes: 1 })])
  .handler(async (event) => {
    expectTypeOf(event.rawPath).toEqualTypeOf<string>();
  });

payloadGuard({ maxBytes: Infinity, contentTypes: "any", methods: ["GET"] as const });
payloadGuard({ contentTypes: ["application/json"] as const });

payloadGuard({ maxRecords: 100, onInvalidRecord: "drop" });

// @ts-expect-error an option that there is not.
payloadGuard({ maxByte: 1 });
// @ts-expect-error a record is reported, dropped, or fails its batch.
payloadGuard({ onInvalidRecord: "ignore" });
// @ts-expect-error a limit is a number.
payloadGuard({ maxDepth: "32" });
// @ts-expect-error one type is a list of one.
payloadGuard({ contentTypes: "application/json" });

// With `exactOptionalPropertyTypes`, a setting that may be undefined can be handed on as it is.
expectTypeOf<{
  [Name in keyof Required<PayloadGuardOptions>]: undefined;
}>().toExtend<PayloadGuardOptions>();
declare const maxBytes: number | undefined;
payloadGuard({ maxBytes });

expectTypeOf(responseGuard).parameter(0).toEqualTypeOf<ResponseGuardOptions | undefined>();
expectTypeOf<ReturnType<typeof responseGuard>>().toEqualTypeOf<MiddlewareObj>();
expectTypeOf<{
  [Name in keyof Required<ResponseGuardOptions>]: undefined;
}>().toExtend<ResponseGuardOptions>();

// Nor does its sibling touch the types of a handler.
middy<APIGatewayProxyEventV2>()
  .use(responseGuard({ maxBytes, maxStreamBytes: Infinity }))
  .use(payloadGuard())
  .handler(async (event) => {
    expectTypeOf(event.rawPath).toEqualTypeOf<string>();
  });

// @ts-expect-error the limits of a request are none of an answer.
responseGuard({ maxDepth: 32 });
