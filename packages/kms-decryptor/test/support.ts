/**
 * What the tests of this package share.
 */
import type { KMSClient } from "@aws-sdk/client-kms";
import middy, { type MiddlewareObj } from "@middy/core";
import type { SecurityEvent } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  type InvocationOutcome,
  invoke,
  type LocalAws,
  lambdaContext,
} from "@middy-hardening/testing";
import type { Context } from "aws-lambda";

/** What an invocation came to, for its caller and for those who watch. */
export interface Run {
  readonly outcome: InvocationOutcome;
  /** What was thrown; `undefined` when nothing was. */
  readonly error: unknown;
  readonly events: readonly SecurityEvent[];
  /** How often the handler ran. */
  readonly handled: number;
}

/** A handler as loosely typed as an event is. */
type LooseHandler = (event: Loose, context: Context & { secrets: Loose }) => unknown;

/** Anything, by any path. */
// biome-ignore lint/suspicious/noExplicitAny: a test reaches into events of every form
export type Loose = any;

/** Invokes a handler behind a middleware once. */
export async function run(
  middleware: MiddlewareObj<never, unknown, Error, never>,
  event: unknown = {},
  handler: LooseHandler = () => "handled",
): Promise<Run> {
  let error: unknown;
  let handled = 0;
  const wrapped = middy()
    .onError((request) => {
      error = request.error;
    })
    .use(middleware as MiddlewareObj)
    .handler((received, context) => {
      handled += 1;
      return handler(received, context as Loose);
    });
  using captured = captureSecurityEvents();
  const outcome = await invoke(wrapped, event, lambdaContext());
  return { outcome, error, events: [...captured.events], handled };
}

/** Flips one bit in the last byte of a ciphertext. */
export function tampered(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  return bytes.toString("base64");
}

/** Lets what a client's calls return pass through `change`. */
export function changeAnswers<Client extends KMSClient>(
  client: Client,
  change: (output: Loose) => void,
): Client {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      change(result.output);
      return result;
    },
    { step: "initialize" },
  );
  return client;
}

/** Counts how many calls of a client are under way at the same time, at most. */
export function countConcurrency(client: KMSClient): { readonly most: number } {
  const count = { now: 0, most: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      count.now += 1;
      count.most = Math.max(count.most, count.now);
      try {
        return await next(args);
      } finally {
        count.now -= 1;
      }
    },
    { step: "initialize" },
  );
  return count;
}

/** The inputs of the calls of one operation. */
export const inputsOf = (aws: LocalAws, operation: string): Loose[] =>
  aws.calls.filter((call) => call.operation === operation).map((call) => call.input);
