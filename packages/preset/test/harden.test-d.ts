import middy from "@middy/core";
import type { Secret } from "@middy-hardening/core";
import { kmsDecryptor } from "@middy-hardening/kms-decryptor";
import { secretsLoader, secretsManager } from "@middy-hardening/secrets-loader";
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  Context,
  SQSEvent,
} from "aws-lambda";
import { expectTypeOf } from "vitest";
import * as z from "zod/mini";
import { harden } from "../src/index.ts";

const Order = z.object({
  sku: z.string(),
  at: z.pipe(
    z.string(),
    z.transform((text) => new Date(text)),
  ),
});

// The schema's output is the handler's type, with the rest of the event as API Gateway sends it.
middy()
  .use(harden({ body: Order }))
  .handler((event, context) => {
    expectTypeOf(event.body).toEqualTypeOf<{ sku: string; at: Date }>();
    expectTypeOf(event.requestContext).toEqualTypeOf<APIGatewayProxyEventV2["requestContext"]>();
    expectTypeOf(context).toExtend<Context>();
  });

// Another kind of event, other options beside, and further middlewares in the same array.
middy()
  .use([
    ...harden({
      eventSource: "api-gateway-rest",
      query: z.object({ limit: z.string() }),
      securityLogger: false,
    }),
    { before: () => undefined },
  ])
  .handler((event) => {
    expectTypeOf(event.queryStringParameters).toEqualTypeOf<{ limit: string }>();
    expectTypeOf(event.requestContext).toEqualTypeOf<APIGatewayProxyEvent["requestContext"]>();
  });

middy()
  .use(harden({ eventSource: "alb", body: Order }))
  .handler((event) => {
    expectTypeOf(event.requestContext).toEqualTypeOf<ALBEvent["requestContext"]>();
  });

// Without a schema the event keeps the type that its author gave it.
middy<SQSEvent>()
  .use(harden())
  .handler((event) => {
    expectTypeOf(event).toEqualTypeOf<SQSEvent>();
  });
middy<SQSEvent>()
  .use(harden({ payloadGuard: false, response: z.object({}) }))
  .handler((event) => {
    expectTypeOf(event).toEqualTypeOf<SQSEvent>();
  });

// What brings secrets adds to the context, and to the event where it decrypts fields.
middy()
  .use(
    harden({
      body: z.object({ customer: z.object({ taxNumber: z.string() }) }),
      secretsLoader: secretsLoader({
        secrets: {
          apiKey: { from: secretsManager("prod/api-key") },
          database: {
            from: secretsManager("prod/db"),
            as: "json",
            schema: z.object({ user: z.string() }),
          },
        },
      }),
      kmsDecryptor: kmsDecryptor({
        environment: { DB_PASSWORD: {} },
        fields: { "/body/customer/taxNumber": {} },
      }),
    }),
  )
  .handler((event, { secrets, awsRequestId }) => {
    expectTypeOf(awsRequestId).toEqualTypeOf<string>();
    expectTypeOf(secrets.apiKey).toEqualTypeOf<Secret<string>>();
    expectTypeOf(secrets.database.reveal()).toEqualTypeOf<{ user: string }>();
    expectTypeOf(secrets.DB_PASSWORD.reveal()).toEqualTypeOf<string>();
    expectTypeOf(event.body.customer.taxNumber.reveal()).toEqualTypeOf<string>();
    // @ts-expect-error: no such secret
    secrets.other;
  });

// @ts-expect-error: options where the middleware is wanted
harden({ secretsLoader: { secrets: {} } });
// @ts-expect-error: a misspelt group
harden({ payloadGard: false });
// @ts-expect-error: `true` is no set of options
harden({ payloadGuard: true });

// Callbacks among the options have the types of their parameters.
middy()
  .use(
    harden({
      securityLogger: { principal: ({ event }) => String(event) },
      errorSanitizer: { map: (error) => (error instanceof RangeError ? undefined : undefined) },
    }),
  )
  .handler((_event, context) => {
    expectTypeOf(context.deadline.signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(context.deadline.remainingMs()).toEqualTypeOf<number>();
  });

// Without a deadline, there is none on the context.
middy()
  .use(harden({ timeoutGuard: false }))
  .handler((_event, context) => {
    expectTypeOf(context).not.toHaveProperty("deadline");
  });

// Each record has what its schema returns.
middy()
  .use(harden({ eventSource: "sqs", record: Order }))
  .handler((event) => {
    for (const { body, messageId } of event.Records) {
      expectTypeOf(body).toEqualTypeOf<{ sku: string; at: Date }>();
      expectTypeOf(messageId).toEqualTypeOf<string>();
    }
  });
