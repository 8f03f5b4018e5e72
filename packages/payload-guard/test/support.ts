/**
 * A function behind the guard, and what its caller gets.
 *
 * @module
 */
import middy, { type MiddlewareObj } from "@middy/core";
import { isPublicError } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  type HttpKind,
  type HttpRequest,
  httpEvent,
  invoke,
} from "@middy-hardening/testing";
import { type PayloadGuardOptions, payloadGuard } from "../src/index.ts";

/** The answer to a request, with what the handler got and what was published. */
export interface Answer {
  readonly status: number;
  /** The code of the error; `undefined` when the handler answered. */
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The event that the handler got; `undefined` when it did not run. */
  readonly event: Readonly<Record<string, unknown>> | undefined;
  /** `name: params` of each security event. */
  readonly events: readonly string[];
}

/** Answers public errors as they say; any other error fails the invocation and so the test. */
const errors: MiddlewareObj = {
  onError: (request) => {
    const { error } = request;
    if (!isPublicError(error)) return;
    const { statusCode, code, detail, headers } = error;
    request.response = { statusCode, headers, body: JSON.stringify({ code, detail }) };
  },
};

/** Sends an HTTP request to a handler behind `payloadGuard(options)`. */
export const send = (
  options: PayloadGuardOptions,
  request: HttpRequest = {},
  kind: HttpKind = "api-gateway-http",
): Promise<Answer> => sendEvent(options, httpEvent(kind, request));

/** Posts a body. */
export const post = (
  body: HttpRequest["body"],
  options: PayloadGuardOptions = {},
  headers: HttpRequest["headers"] = {},
  kind: HttpKind = "api-gateway-http",
): Promise<Answer> =>
  send(options, { method: "POST", headers, ...(body !== undefined && { body }) }, kind);

/** Sends an event as it is. */
export async function sendEvent(options: PayloadGuardOptions, sent: unknown): Promise<Answer> {
  let event: Answer["event"];
  const handler = middy()
    .use(errors)
    .use(payloadGuard(options))
    .handler(async (received) => {
      event = received as Answer["event"];
      return { statusCode: 200, body: "{}" };
    });
  using captured = captureSecurityEvents();
  const { result, error } = await invoke(handler, sent);
  if (error !== undefined) throw new Error(`${error.errorType}: ${error.errorMessage}`);
  const { statusCode, headers, body } = result as {
    readonly statusCode: number;
    readonly headers?: Answer["headers"];
    readonly body: string;
  };
  for (const { outcome, source } of captured.events) {
    if (outcome !== "blocked" || source !== "@middy-hardening/payload-guard") {
      throw new Error(`An event of ${source} that ${outcome}.`);
    }
  }
  return {
    status: statusCode,
    headers: headers ?? {},
    ...(JSON.parse(body) as Pick<Answer, "code" | "detail">),
    event,
    events: captured.events.map(({ name, params }) => `${name}: ${params.join(", ")}`),
  };
}

/** What a refused request comes to: the handler did not run, and one event was published. */
export const refused = (status: number, code: string, event: string): object => ({
  status,
  code,
  event: undefined,
  events: [event],
});

/** What an accepted request comes to. */
export const accepted = { status: 200, events: [] };

/** What became of an event that is no HTTP request. */
export interface Delivery {
  /** What the trigger was answered; `undefined` when the invocation failed. */
  readonly result: unknown;
  /** What a failed invocation tells its caller. */
  readonly failure: string | undefined;
  /** The event that the handler got; `undefined` when it did not run. */
  readonly event: unknown;
  /** `name: params` of each security event. */
  readonly events: readonly string[];
}

/** Delivers an event, as the JSON that it is, to a handler behind `payloadGuard(options)`. */
export async function deliver(
  event: unknown,
  options: PayloadGuardOptions = {},
  answer: unknown = null,
): Promise<Delivery> {
  let received: unknown;
  const handler = middy()
    .use(payloadGuard(options))
    .handler(async (given) => {
      received = given;
      return answer;
    });
  using captured = captureSecurityEvents();
  const { result, error } = await invoke(handler, event);
  return {
    result,
    failure: error?.errorMessage,
    event: received,
    events: captured.events.map(({ name, params }) => `${name}: ${params.join(", ")}`),
  };
}

/** An event of SQS with a message for each body, called `message-1` and on. */
export const queueEvent = (...bodies: readonly unknown[]): { Records: readonly object[] } => ({
  Records: bodies.map((body, index) => ({
    messageId: `message-${index + 1}`,
    receiptHandle: "AQEB",
    body,
    attributes: { ApproximateReceiveCount: "1" },
    messageAttributes: {},
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders",
    awsRegion: "eu-west-1",
  })),
});

/** An event of Kinesis with a record for each payload, with the sequence numbers 1 and on. */
export const shardEvent = (...payloads: readonly string[]): { Records: readonly object[] } => ({
  Records: payloads.map((payload, index) => ({
    kinesis: {
      sequenceNumber: String(index + 1),
      partitionKey: "customer-1",
      data: Buffer.from(payload).toString("base64"),
    },
    eventSource: "aws:kinesis",
    eventID: `shardId-000000000000:${index + 1}`,
    eventSourceARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
  })),
});

/** Arrays in each other. */
export const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
