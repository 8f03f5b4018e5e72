import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expectTypeOf } from "vitest";
import { type CorsOptions, type SecurityHeadersOptions, securityHeaders } from "../src/index.ts";

expectTypeOf(securityHeaders).returns.toEqualTypeOf<MiddlewareObj>();
expectTypeOf(securityHeaders).parameter(0).toEqualTypeOf<SecurityHeadersOptions | undefined>();
expectTypeOf<SecurityHeadersOptions["xFrameOptions"]>().toEqualTypeOf<string | false | undefined>();
expectTypeOf<{ credentials: true }>().not.toExtend<CorsOptions>();

// @ts-expect-error: a header is a string or false
securityHeaders({ xFrameOptions: true });
// @ts-expect-error: a misspelt option
securityHeaders({ xFrameOption: "deny" });
// @ts-expect-error: one origin is a list of one
securityHeaders({ cors: { origins: "https://app.example.com" } });
// @ts-expect-error: the predicate is synchronous
securityHeaders({ cors: { origins: async () => true } });

// It takes and leaves the event's type as it is.
middy<APIGatewayProxyEventV2>()
  .use(securityHeaders({ cors: { origins: ["https://app.example.com"] } }))
  .handler(async (event) => {
    expectTypeOf(event.rawPath).toEqualTypeOf<string>();
    return { statusCode: 200 };
  });

// With `exactOptionalPropertyTypes`, a setting that may be undefined can be handed on as it is.
type Undefined<Options> = { [Name in keyof Required<Options>]: undefined };
expectTypeOf<Undefined<SecurityHeadersOptions>>().toExtend<SecurityHeadersOptions>();
expectTypeOf<
  Undefined<Omit<CorsOptions, "origins">> & Pick<CorsOptions, "origins">
>().toExtend<CorsOptions>();
// Only the origins have no default.
expectTypeOf<{ origins: undefined }>().not.toExtend<CorsOptions>();
