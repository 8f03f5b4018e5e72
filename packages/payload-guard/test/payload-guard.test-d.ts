import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expectTypeOf } from "vitest";
import byDefault, { type PayloadGuardOptions, payloadGuard } from "../src/index.ts";

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

// @ts-expect-error an option that there is not.
payloadGuard({ maxByte: 1 });
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
