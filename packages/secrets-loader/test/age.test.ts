import middy from "@middy/core";
import { oldestSecretAgeMs } from "@middy-hardening/core";
import { invoke, lambdaContext, startLocalAws } from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { secretsLoader, secretsManager } from "../src/index.ts";
import {
  callsOf,
  callsToReach,
  databaseLoader,
  revealing,
  run,
  stopClock,
  withoutChance,
} from "./support.ts";

const HOUR = 3_600_000;

describe("a value's age", () => {
  it("lets it be used without a call until its last fifth", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(79_999);
    await run(handler);
    expect(callsOf(aws)).toEqual(["GetSecretValue ok"]);
  });

  it("is known to a log, from its request on, until it is loaded again", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    const unused = databaseLoader(aws);
    // In the past, the secrets of other tests have no age yet.
    vi.setSystemTime(Date.now() - HOUR);
    await run(handler);
    clock.pass(100_000);
    expect(oldestSecretAgeMs()).toBe(100_000);
    await run(handler);
    expect(oldestSecretAgeMs()).toBe(0);
    // What was never loaded has no age. Until here it is held.
    expect(unused).toHaveProperty("before");
  });

  it("makes an invocation wait for a new value once it is over", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    aws.putSecret("prod/db", "second value");
    clock.pass(100_000);
    expect(await run(handler)).toEqual({ database: "second value" });
  });

  it("ends up to a tenth earlier, not in the same second everywhere", async () => {
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const environments = Array.from({ length: 40 }, () => revealing(databaseLoader(aws)));
    await Promise.all(environments.map(run));
    aws.putSecret("prod/db", "second value");
    clock.pass(95_000);
    // In a refresh beside the handler, the invocation itself still has the first value.
    const values = await Promise.all(environments.map(run));
    const later = values.filter((value) => JSON.stringify(value).includes("first"));
    expect(later.length).toBeGreaterThan(0);
    expect(later.length).toBeLessThan(40);
    clock.pass(5_000);
    aws.clearCalls();
    expect(
      new Set((await Promise.all(environments.map(run))).map((v) => JSON.stringify(v))),
    ).toEqual(new Set(['{"database":"second value"}']));
  });

  it("may be without end", async () => {
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws, { maxAgeMs: Number.POSITIVE_INFINITY }));
    await run(handler);
    clock.pass(1_000 * HOUR);
    await run(handler);
    expect(callsOf(aws)).toEqual(["GetSecretValue ok"]);
  });

  it("says nothing when the clock was set back: the value is fetched again", async () => {
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(-HOUR);
    await run(handler);
    expect(aws.calls).toHaveLength(2);
  });

  it("of one secret does not make the others be fetched", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { one: "first value", two: "second value" } });
    const { clientConfig } = aws;
    const shared = { maxAgeMs: 100_000, timeoutMs: 400 };
    const handler = revealing(
      secretsLoader({
        secrets: {
          one: { from: secretsManager("one", { clientConfig }) },
          two: { from: secretsManager("two", { clientConfig }) },
        },
        ...shared,
      }),
    );
    aws.fault({ kind: "accessDenied", times: 1 });
    await run(handler);
    clock.pass(50_000);
    await run(handler);
    aws.clearCalls();
    clock.pass(60_000);
    await run(handler);
    expect(aws.calls).toHaveLength(1);
  });
});

describe("a refresh that is due soon", () => {
  it("runs beside the handler, which has the value at hand", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    aws.putSecret("prod/db", "second value");
    clock.pass(80_000);
    expect(await run(handler)).toEqual({ database: "first value" });
    expect(await run(handler)).toEqual({ database: "second value" });
    expect(callsOf(aws)).toEqual(["GetSecretValue ok", "GetSecretValue ok"]);
  });

  it("is finished before the invocation ends", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(80_000);
    aws.fault({ kind: "delay", delayMs: 50 });
    // Outside of Lambda a context may be empty: then there is time.
    await invoke(handler, {}, {} as Context);
    expect(callsOf(aws)).toEqual(["GetSecretValue ok", "GetSecretValue ok"]);
  });

  it("is aborted before the invocation ends when it takes long", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(80_000);
    using slow = aws.fault({ kind: "delay", delayMs: 60_000 });
    expect(await run(handler)).toEqual({ database: "first value" });
    await vi.waitFor(() =>
      expect(callsOf(aws)).toEqual(["GetSecretValue ok", "GetSecretValue abandoned"]),
    );
    slow.remove();
    // Not again with the very next invocation, but when the value is due.
    await run(handler);
    expect(aws.calls).toHaveLength(2);
    clock.pass(20_000);
    await run(handler);
    expect(callsOf(aws).at(-1)).toBe("GetSecretValue ok");
  });

  it("is aborted at once when the function's time is running out", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(80_000);
    aws.fault({ kind: "delay", delayMs: 60 });
    const context = lambdaContext({ getRemainingTimeInMillis: () => 90 });
    expect((await invoke(handler, {}, context)).result).toEqual({ database: "first value" });
    // Aborted before it reached the endpoint, or left alone there.
    await vi.waitFor(() => expect(callsOf(aws)).not.toContain("GetSecretValue pending"));
    expect(callsOf(aws).filter((call) => call.endsWith("ok"))).toHaveLength(1);
  });

  it("is aborted when the handler fails, too", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    let isFailing = false;
    const handler = middy()
      .use(databaseLoader(aws))
      .handler(async () => {
        if (!isFailing) return;
        await callsToReach(aws, 2);
        throw new Error("no such order");
      });
    await run(handler);
    clock.pass(80_000);
    isFailing = true;
    aws.fault({ kind: "delay", delayMs: 60_000 });
    expect(await run(handler)).toMatchObject({ message: "no such order" });
    await vi.waitFor(() => expect(callsOf(aws).at(-1)).toBe("GetSecretValue abandoned"));
  });

  it("goes on while another invocation of the environment is under way", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const loader = databaseLoader(aws);
    await run(revealing(loader));
    aws.putSecret("prod/db", "second value");
    clock.pass(80_000);
    aws.fault({ kind: "delay", delayMs: 400 });
    let finish = (): void => {};
    const waiting = middy()
      .use(loader)
      .handler(() => new Promise<void>((resolve) => (finish = resolve)));
    const long = run(waiting);
    await run(revealing(loader));
    await callsToReach(aws, 2);
    expect(callsOf(aws).at(-1)).toBe("GetSecretValue pending");
    await vi.waitFor(() => expect(callsOf(aws).at(-1)).toBe("GetSecretValue ok"));
    finish();
    await long;
    expect(await run(revealing(loader))).toEqual({ database: "second value" });
  });

  it("is left to the invocation that comes in while the last one is about to end", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(80_000);
    using slow = aws.fault({ kind: "delay", delayMs: 60_000 });
    const ending = run(handler);
    await callsToReach(aws, 2);
    aws.putSecret("prod/db", "second value");
    clock.pass(20_000);
    slow.remove();
    // It joins the refresh, which is aborted, and does not take that for AWS's answer.
    expect(await run(handler)).toEqual({ database: "second value" });
    await ending;
  });
});

describe("the init phase", () => {
  const inLambda = (type: string): void => {
    vi.stubEnv("AWS_LAMBDA_INITIALIZATION_TYPE", type);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
  };

  it("loads the secrets before the first invocation", async () => {
    inLambda("on-demand");
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await vi.waitFor(() => expect(callsOf(aws)).toEqual(["GetSecretValue ok"]));
    expect(await run(handler)).toEqual({ database: "first value" });
    expect(aws.calls).toHaveLength(1);
  });

  it("keeps a failure quiet, and the first invocation tries again", async () => {
    inLambda("on-demand");
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown): void => void rejections.push(reason);
    process.on("unhandledRejection", onRejection);
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "accessDenied", times: 1 });
    const handler = revealing(databaseLoader(aws));
    await vi.waitFor(() => expect(callsOf(aws)).toEqual(["GetSecretValue AccessDeniedException"]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await run(handler)).toEqual({ database: "first value" });
    expect(rejections).toEqual([]);
    process.off("unhandledRejection", onRejection);
  });

  it("lets the first invocation wait for a load that is under way, and try again if that fails", async () => {
    inLambda("on-demand");
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "delay", delayMs: 30, times: 1 });
    aws.fault({ kind: "accessDenied", times: 1 });
    const handler = revealing(databaseLoader(aws));
    expect(await run(handler)).toEqual({ database: "first value" });
    expect(callsOf(aws)).toEqual(["GetSecretValue AccessDeniedException", "GetSecretValue ok"]);
  });

  it("does not make an environment that was initialised an hour ahead serve an hour-old value", async () => {
    inLambda("provisioned-concurrency");
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await vi.waitFor(() => expect(callsOf(aws)).toEqual(["GetSecretValue ok"]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    aws.putSecret("prod/db", "second value");
    clock.pass(HOUR);
    expect(await run(handler)).toEqual({ database: "second value" });
  });

  it("does not make it serve an answer that lay in the frozen environment", async () => {
    inLambda("provisioned-concurrency");
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "delay", delayMs: 50, times: 1 });
    const loader = databaseLoader(aws);
    await callsToReach(aws, 1);
    clock.pass(HOUR);
    const running = run(revealing(loader));
    aws.putSecret("prod/db", "second value");
    expect(await running).toEqual({ database: "second value" });
  });

  it("puts no secret into a snapshot", async () => {
    inLambda("snap-start");
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(aws.calls).toEqual([]);
    expect(await run(handler)).toEqual({ database: "first value" });
  });
});

describe("a replaced value", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const keyLoader = (clientConfig: object) =>
    secretsLoader({
      secrets: { key: { from: secretsManager("key", { clientConfig }), as: "binary" } },
      maxAgeMs: 100_000,
    });

  it("is wiped", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { key: bytes } });
    const held: Uint8Array[] = [];
    const handler = middy()
      .use(keyLoader(aws.clientConfig))
      .handler(async (_event, context) => {
        held.push(context.secrets.key.reveal());
      });
    await run(handler);
    clock.pass(100_000);
    await run(handler);
    expect(held).toEqual([new Uint8Array(8), bytes]);
  });

  it("stays as it is for an invocation that began with it, until that has ended", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { key: bytes } });
    const loader = keyLoader(aws.clientConfig);
    let finish = (): void => {};
    let held: Uint8Array | undefined;
    const slow = middy()
      .use(loader)
      .handler(async (_event, context) => {
        await new Promise<void>((resolve) => (finish = resolve));
        held = context.secrets.key.reveal();
        return [...held];
      });
    const quick = middy()
      .use(loader)
      .handler(async () => {});
    await run(quick);
    const running = run(slow);
    clock.pass(100_000);
    await run(quick);
    finish();
    expect(await running).toEqual([...bytes]);
    expect(held).toEqual(new Uint8Array(8));
  });

  it("is wiped although an invocation that held it was answered early", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { key: bytes } });
    const loader = keyLoader(aws.clientConfig);
    let held: Uint8Array | undefined;
    const early = middy()
      .use(loader)
      .before((request) => {
        held = request.context.secrets.key.reveal();
        return "answered early";
      })
      .handler(async () => "not reached");
    expect(await run(early)).toBe("answered early");
    clock.pass(100_000);
    await run(
      middy()
        .use(loader)
        .handler(async () => {}),
    );
    expect(held).toEqual(new Uint8Array(8));
  });
});
