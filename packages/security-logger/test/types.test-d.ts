import type { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expectTypeOf } from "vitest";
import {
  type FloodControlOptions,
  type LogFormat,
  type PrincipalOf,
  type Redactor,
  type SecurityLoggerOptions,
  type SourceIpForm,
  securityLogger,
} from "../src/index.ts";

expectTypeOf(securityLogger).returns.toEqualTypeOf<MiddlewareObj>();
expectTypeOf<SecurityLoggerOptions>().toEqualTypeOf<{
  readonly logger?: Logger | undefined;
  readonly metrics?: Metrics | false | undefined;
  readonly format?: "owasp" | LogFormat | undefined;
  readonly applicationId?: string | undefined;
  readonly invocations?: boolean | "unserved" | undefined;
  readonly principal?: PrincipalOf | undefined;
  readonly sourceIp?: SourceIpForm | undefined;
  readonly redactor?: Redactor | undefined;
  readonly flood?: FloodControlOptions | false | undefined;
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
  principal: undefined,
  sourceIp: undefined,
  flood: { burst: undefined, windowMs: undefined, sampleRate: undefined },
});

// @ts-expect-error: a principal is text.
securityLogger({ principal: () => 7 });

// @ts-expect-error: a form that does not exist.
securityLogger({ sourceIp: "masked" });
