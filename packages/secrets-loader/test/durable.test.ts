import middy from "@middy/core";
import { captureSecurityEvents, lambdaContext, startLocalAws } from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { expect, it, vi } from "vitest";
import { secretsLoader, secretsManager } from "../src/index.ts";
import { callsOf, databaseLoader, stopClock, withoutChance } from "./support.ts";

/** The form of the context of the SDK (2.4), during a replay. */
function replaying() {
  const { promise, resolve } = Promise.withResolvers<object>();
  const terminationManager = { getTerminationPromise: () => promise };
  const context = Object.assign(lambdaContext(), {
    [Symbol.for("@aws/durable-execution-sdk-js/durable-context")]: true,
    durableExecutionMode: "ReplayMode",
    _executionContext: { terminationManager },
  });
  const suspend = (): Promise<void> => {
    resolve({ reason: "WAIT_SCHEDULED", message: "Waits." });
    return new Promise(setImmediate);
  };
  return { context: context as Context, suspend };
}

/** Calls a function whose invocation may be suspended: then its handler never comes back. */
const call = (handler: object, context: Context): Promise<unknown> =>
  (handler as (event: unknown, context: Context) => Promise<unknown>)({}, context);

it("tells of a secret that cannot be loaded during a replay: each run loads for itself", async () => {
  await using aws = await startLocalAws();
  using captured = captureSecurityEvents();
  const handler = middy().use(databaseLoader(aws)).handler(vi.fn());
  await expect(call(handler, replaying().context)).rejects.toMatchObject({ statusCode: 503 });
  expect(captured.events).toMatchObject([{ name: "secret_load_fail", outcome: "blocked" }]);
});

it("wipes a replaced secret though an invocation that held it was suspended", async () => {
  withoutChance();
  const clock = stopClock();
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  await using aws = await startLocalAws({ secrets: { key: bytes } });
  const { clientConfig } = aws;
  const loader = secretsLoader({
    secrets: { key: { from: secretsManager("key", { clientConfig }), as: "binary" } },
    maxAgeMs: 100_000,
  });
  let held: Uint8Array | undefined;
  const suspended = middy()
    .use(loader)
    .handler((_event, context) => {
      held = context.secrets.key.reveal();
      return new Promise(() => {});
    });
  const { context, suspend } = replaying();
  void call(suspended, context);
  await vi.waitFor(() => expect(held).toEqual(bytes));
  await suspend();
  clock.pass(100_000);
  const next = middy()
    .use(loader)
    .handler(async () => {});
  await call(next, lambdaContext());
  expect(held).toEqual(new Uint8Array(8));
});

it("lets no refresh run on when the last invocation is suspended", async () => {
  withoutChance();
  const clock = stopClock();
  await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
  const loader = databaseLoader(aws);
  const quick = middy()
    .use(loader)
    .handler(async () => {});
  await call(quick, lambdaContext());
  const hanging = middy()
    .use(loader)
    .handler(() => new Promise(() => {}));
  clock.pass(80_000);
  aws.fault({ kind: "delay", delayMs: 60_000 });
  const [first, second] = [replaying(), replaying()];
  void call(hanging, first.context);
  void call(hanging, second.context);
  await vi.waitFor(() => expect(aws.calls).toHaveLength(2));
  await first.suspend();
  expect(callsOf(aws)).toEqual(["GetSecretValue ok", "GetSecretValue pending"]);
  await second.suspend();
  await vi.waitFor(() =>
    expect(callsOf(aws)).toEqual(["GetSecretValue ok", "GetSecretValue abandoned"]),
  );
});
