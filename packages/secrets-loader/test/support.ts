import middy, { type MiddlewareObj, type Request } from "@middy/core";
import { isPublicError, type PublicError, type Secret } from "@middy-hardening/core";
import { type InvokableHandler, type LocalAws, lambdaContext } from "@middy-hardening/testing";
import { onTestFinished, vi } from "vitest";
import { secretsLoader, secretsManager } from "../src/index.ts";

type Loader = MiddlewareObj<
  unknown,
  unknown,
  Error,
  Request["context"] & { readonly secrets: Readonly<Record<string, Secret<unknown>>> }
>;

/** A function whose result is what its secrets hold. */
export const revealing = (loader: MiddlewareObj<never, never, never, never>) =>
  middy()
    .use(loader as Loader)
    .handler(async (_event, context) =>
      Object.fromEntries(
        Object.entries(context.secrets).map(([name, secret]) => [name, secret.reveal()]),
      ),
    );

/** The secret `prod/db` under the name `database`, with an age of 100 s that may reach 1,000 s. */
export const databaseLoader = (aws: LocalAws, options: object = {}) =>
  secretsLoader({
    secrets: {
      database: { from: secretsManager("prod/db", { clientConfig: aws.clientConfig }) },
    },
    maxAgeMs: 100_000,
    maxStaleMs: 900_000,
    ...options,
  });

/** Any handler; Middy's own types accept fewer. */
type Handler = object;

/** Runs a function and gives its result, or what it threw. */
export const run = async (handler: Handler): Promise<unknown> => {
  try {
    return await (handler as InvokableHandler)({} as never, lambdaContext() as never);
  } catch (error) {
    return error;
  }
};

/** The refusal of a function that must not run without its secret. */
export async function refusalOf(handler: Handler): Promise<PublicError> {
  const error = await run(handler);
  if (!isPublicError(error)) throw new Error("The function was not refused.", { cause: error });
  return error;
}

/** What a refusal tells the log. */
export const causeOf = (error: PublicError): string => String((error.cause as Error).message);

/** A clock that only the test moves; timers and sockets run on real time. */
export function stopClock(): { pass(ms: number): void } {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  return {
    pass(ms) {
      vi.setSystemTime(Date.now() + ms);
    },
  };
}

/** No chance: no jitter, and no waiting before a retry. */
export function withoutChance(): void {
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => {
    random.mockRestore();
  });
}

/** The operations that the endpoint saw, with their outcomes. */
export const callsOf = (aws: LocalAws): string[] =>
  aws.calls.map(({ operation, outcome }) => `${operation} ${outcome}`);

/** Waits until the endpoint has received so many calls. */
export const callsToReach = (aws: LocalAws, count: number): Promise<void> =>
  vi.waitFor(() => {
    if (aws.calls.length < count) throw new Error(`${aws.calls.length} of ${count} calls`);
  });
