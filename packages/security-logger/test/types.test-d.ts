import type { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expectTypeOf } from "vitest";
import { type SecurityLoggerOptions, securityLogger } from "../src/index.ts";

expectTypeOf(securityLogger).returns.toEqualTypeOf<MiddlewareObj>();
expectTypeOf<SecurityLoggerOptions>().toEqualTypeOf<{
  readonly logger?: Logger | undefined;
  readonly metrics?: Metrics | false | undefined;
  readonly applicationId?: string | undefined;
  readonly invocations?: boolean | undefined;
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

// An option that is undefined is one that is not given.
securityLogger({
  logger: undefined,
  metrics: undefined,
  applicationId: undefined,
  invocations: undefined,
});
