/** Middy's own middlewares with Powertools' Logger and Metrics: one line for each invocation. */
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import middy from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import httpSecurityHeaders from "@middy/http-security-headers";
import validator from "@middy/validator";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { type Order, placeOrder } from "./order.ts";
import { validateEvent } from "./order-ajv.ts";
import { silent } from "./silent.ts";

const logger = new Logger();
const metrics = new Metrics({ logger: silent });

/** The facts that `securityLogger` prints of an invocation, as far as the event has them at hand. */
const factsOf = (event: APIGatewayProxyEventV2, status: number) => ({
  status,
  source_ip: event.requestContext.http.sourceIp,
  request_method: event.requestContext.http.method,
  request_uri: event.rawPath,
});

export const handler = middy()
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use({
    after({ event, response }) {
      const { statusCode } = response as { statusCode: number };
      logger.info("Invocation", factsOf(event as APIGatewayProxyEventV2, statusCode));
    },
    onError({ event, response, error }) {
      const { statusCode = 500 } = (response ?? {}) as { statusCode?: number };
      const facts = factsOf(event as APIGatewayProxyEventV2, statusCode);
      if (statusCode >= 500) logger.error("Invocation", { ...facts, error: error as Error });
      else logger.warn("Invocation", facts);
    },
  })
  .use(httpJsonBodyParser())
  .use(validator({ eventSchema: validateEvent }))
  .use(httpSecurityHeaders())
  .use(httpErrorHandler({ logger: false }))
  .handler(async (event) => placeOrder(event.body as unknown as Order));
