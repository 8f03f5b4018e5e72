import type { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expectTypeOf } from "vitest";
import { type SecurityLoggerOptions, securityLogger } from "../src/index.ts";

expectTypeOf(securityLogger).returns.toEqualTypeOf<MiddlewareObj>();
expectTypeOf<SecurityLoggerOptions>().toEqualTypeOf<{
  readonly logger?: Logger;
  readonly metrics?: Metrics | false;
  readonly applicationId?: string;
  readonly invocations?: boolean;
}>();

// The event type of a chain stays its own.
middy<APIGatewayProxyEventV2>()
  .use(securityLogger())
  .handler(async (event) => {
    expectTypeOf(event.rawPath).toEqualTypeOf<string>();
    return { statusCode: 200 };
  });

// @ts-expect-error: only `false` switches the metrics off.
securityLogger({ metrics: true });
