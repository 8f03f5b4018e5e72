/**
 * Middlewares of Middy and Powertools for HTTP functions, as their READMEs set them up.
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import { parser } from "@aws-lambda-powertools/parser/middleware";
import { Tracer } from "@aws-lambda-powertools/tracer";
import { captureLambdaHandler } from "@aws-lambda-powertools/tracer/middleware";
import type { MiddlewareObj } from "@middy/core";
import doNotWaitForEmptyEventLoop from "@middy/do-not-wait-for-empty-event-loop";
import httpCors from "@middy/http-cors";
import httpErrorHandler from "@middy/http-error-handler";
import httpEventNormalizer from "@middy/http-event-normalizer";
import httpHeaderNormalizer from "@middy/http-header-normalizer";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import httpResponseSerializer from "@middy/http-response-serializer";
import inputOutputLogger from "@middy/input-output-logger";
import warmup from "@middy/warmup";
import * as z from "zod";

/** Where a middleware stands in the chain, seen from ours. */
export const PLACES = ["before", "after"] as const;

/** A fresh instance, as each function has one. */
export type Make = () => MiddlewareObj;

/** A middleware whatever its types: each test brings the event that it is for. */
const other = (make: () => unknown): Make => make as Make;

export const logger = new Logger({ serviceName: "orders" });
export const metrics = new Metrics({ namespace: "shop", serviceName: "orders" });

/**
 * A tracer whose segments go nowhere: X-Ray's daemon, and the segment that Lambda begins, are not here.
 *
 * @param told what is done to the segment of the handler.
 */
export function tracer(told: string[] = []): Tracer {
  const tell = (what: string) => (): void => void told.push(what);
  const own = {
    ...{ name: "handler", close: tell("close"), addAnnotation: () => {}, addMetadata: () => {} },
    ...{ addError: tell("error"), addErrorFlag: tell("error") },
  };
  const made = new Tracer();
  let current: unknown = { ...own, name: "lambda", addNewSubsegment: () => own };
  return Object.assign(made, {
    // It enables itself in Lambda only.
    isTracingEnabled: () => true,
    getSegment: () => current,
    setSegment: (segment: unknown) => {
      current = segment;
    },
  });
}

export const countOrder = (): unknown => metrics.addMetric("orders", MetricUnit.Count, 1);

const errorHandler = (): unknown => httpErrorHandler({ logger: false });

export const OTHERS: Readonly<Record<string, Make>> = {
  "http-json-body-parser": other(() => httpJsonBodyParser()),
  "http-error-handler": other(errorHandler),
  "http-cors": other(() => httpCors({ origin: "https://app.example.com" })),
  injectLambdaContext: other(() => injectLambdaContext(logger, { resetKeys: true })),
  logMetrics: other(() => logMetrics(metrics)),
  "http-event-normalizer": other(() => httpEventNormalizer()),
  "http-header-normalizer": other(() => httpHeaderNormalizer()),
  "http-response-serializer": other(() =>
    httpResponseSerializer({
      serializers: [
        { regex: /^application\/json$/, serializer: ({ body }) => JSON.stringify(body) },
      ],
      defaultContentType: "application/json",
    }),
  ),
  "input-output-logger": other(() => inputOutputLogger({ logger: () => {} })),
  "do-not-wait-for-empty-event-loop": other(() => doNotWaitForEmptyEventLoop()),
  warmup: other(() => warmup()),
  captureLambdaHandler: other(() => captureLambdaHandler(tracer())),
  parser: other(() =>
    parser({ schema: z.looseObject({ requestContext: z.looseObject({ requestId: z.string() }) }) }),
  ),
};

/** Orders that cannot work. The README says so, and `particular.test.ts` what one is told at run time. */
export const WRONG: ReadonlySet<string> = new Set([
  // A body that is no text was not sent: payloadGuard refuses it.
  "http-json-body-parser before harden()",
  "http-json-body-parser before harden({ body })",
  "http-json-body-parser before payloadGuard",
  // The schema has had the body parsed already: the parser answers 422.
  "http-json-body-parser after harden({ body })",
  "http-json-body-parser after inputValidator",
  // It takes the error away, and answers in its own way.
  "http-error-handler after harden()",
  "http-error-handler after harden({ body })",
  "http-error-handler after errorSanitizer",
  "http-error-handler after securityLogger",
]);
