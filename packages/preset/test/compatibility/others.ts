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
import { SSMClient } from "@aws-sdk/client-ssm";
import middy, { type MiddlewareObj } from "@middy/core";
import doNotWaitForEmptyEventLoop from "@middy/do-not-wait-for-empty-event-loop";
import httpCors from "@middy/http-cors";
import httpErrorHandler from "@middy/http-error-handler";
import httpEventNormalizer from "@middy/http-event-normalizer";
import httpHeaderNormalizer from "@middy/http-header-normalizer";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import httpResponseSerializer from "@middy/http-response-serializer";
import httpRouter from "@middy/http-router";
import inputOutputLogger from "@middy/input-output-logger";
import ssm from "@middy/ssm";
import warmup from "@middy/warmup";
import * as z from "zod";
import { aws, once } from "./backends.ts";
import { type Handle, observe, type Plugin, serve } from "./observe.ts";

/** Where a middleware stands in the chain, seen from ours. */
export const PLACES = ["before", "after"] as const;

type Place = (typeof PLACES)[number];

/** Ours as one function has them. */
export interface Made {
  readonly chain: readonly MiddlewareObj[];
  readonly plugin?: Plugin;
}

/** A function with ours and the other one, invoked once. */
export type Run = (
  event: unknown,
  handle?: Handle,
  timeoutMs?: number,
) => ReturnType<typeof observe>;

/** What is put beside ours, or stands alone when there is nothing of ours. */
export type Other = (place: Place, ours: Made) => Run;

/** A middleware, made anew for each function, whatever its types: each test brings the event that it is for. */
const other =
  (make: () => unknown): Other =>
  (place, { chain, plugin }) =>
  (event, handle, timeoutMs) => {
    const theirs = make() as MiddlewareObj;
    const whole = place === "before" ? [theirs, ...chain] : [...chain, theirs];
    return observe(whole, event, handle, plugin, timeoutMs);
  };

const routed = (handler: unknown): Handle => {
  const router = httpRouter([{ method: "POST", path: "/orders", handler: handler as never }]);
  return (event, context) => router(event, context, {} as never);
};

/** The router is a handler: ours are around it, or, further in, those of the route alone. */
const router: Other =
  (place, { chain, plugin }) =>
  (event, handle = serve, timeoutMs) => {
    if (place === "after") return observe(chain, event, routed(handle), plugin, timeoutMs);
    const route = middy(plugin ?? {})
      .use([...chain])
      .handler(handle as never);
    return observe([], event, routed(route), undefined, timeoutMs);
  };

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

export const OTHERS: Readonly<Record<string, Other>> = {
  "http-router": router,
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
  ssm: other(() =>
    ssm({
      AwsClient: SSMClient,
      awsClientOptions: aws.clientConfig,
      fetchData: { dsn: "/orders/dsn" },
      setToContext: true,
      disablePrefetch: true,
    }),
  ),
  makeHandlerIdempotent: other(() => once("requestContext.requestId")),
  parser: other(() =>
    parser({ schema: z.looseObject({ requestContext: z.looseObject({ requestId: z.string() }) }) }),
  ),
};

const HARDENED = ["harden()", "harden({ body })", "harden() with all that it can have"];

/** Orders that cannot work. The README says so, and `wrong-orders.test.ts` what one is told at run time. */
export const WRONG: ReadonlySet<string> = new Set([
  // A body that is no text was not sent: payloadGuard refuses it.
  ...[...HARDENED, "payloadGuard"].map((ours) => `http-json-body-parser before ${ours}`),
  // The schema has had the body parsed already: the parser answers 422.
  ...[...HARDENED.slice(1), "inputValidator"].map((ours) => `http-json-body-parser after ${ours}`),
  // It takes the error from the log.
  ...[...HARDENED, "securityLogger"].map((ours) => `http-error-handler after ${ours}`),
]);
