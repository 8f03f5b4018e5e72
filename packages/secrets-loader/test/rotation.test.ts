import middy from "@middy/core";
import { Secret } from "@middy-hardening/core";
import { lambdaContext, startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it, vi } from "vitest";
import { appConfig, secretsLoader, secretsManager, withRotation } from "../src/index.ts";
import {
  callsOf,
  callsToReach,
  causeOf,
  databaseLoader,
  refusalOf,
  revealing,
  run,
  stopClock,
  withoutChance,
} from "./support.ts";

class Refused extends Error {}
const isRejected = (error: unknown): boolean => error instanceof Refused;

/** A database that knows one password, and how often it was asked. */
function databaseWith(password: string) {
  const tried: string[] = [];
  return {
    tried,
    password,
    async connect(given: string): Promise<string> {
      tried.push(given);
      if (given !== this.password) throw new Refused(`password "${given}" is wrong`);
      return "connected";
    },
  };
}

const connecting = (loader: ReturnType<typeof databaseLoader>, connect: (p: string) => unknown) =>
  middy()
    .use(loader)
    .handler(async (_event, context) =>
      withRotation(context.secrets.database, connect, { isRejected }),
    );

describe("withRotation", () => {
  it("uses the value at hand while it is accepted", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("first");
    const handler = connecting(databaseLoader(aws), (given) => database.connect(given));
    expect(await run(handler)).toBe("connected");
    expect(await run(handler)).toBe("connected");
    expect(aws.calls).toHaveLength(1);
  });

  it("fetches the secret afresh when its value is refused, and uses it once more", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("first");
    const handler = connecting(databaseLoader(aws), (given) => database.connect(given));
    await run(handler);
    database.password = "second";
    aws.rotateSecret("prod/db", "second");
    expect(await run(handler)).toBe("connected");
    expect(database.tried).toEqual(["first", "first", "second"]);
    // The next invocation begins with the new one.
    expect(await run(handler)).toBe("connected");
    expect(database.tried.at(-1)).toBe("second");
    expect(aws.calls).toHaveLength(2);
  });

  it("fetches it once for all concurrent callers", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("first");
    const handler = connecting(databaseLoader(aws), (given) => database.connect(given));
    await run(handler);
    database.password = "second";
    aws.rotateSecret("prod/db", "second");
    aws.fault({ kind: "delay", delayMs: 30 });
    const results = await Promise.all(Array.from({ length: 10 }, () => run(handler)));
    expect(new Set(results)).toEqual(new Set(["connected"]));
    expect(aws.calls).toHaveLength(2);
  });

  it("takes the value that another caller has fetched meanwhile", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("first");
    const loader = databaseLoader(aws);
    await run(connecting(loader, (given) => database.connect(given)));
    database.password = "second";
    aws.rotateSecret("prod/db", "second");
    let refuse = (): void => {};
    const late = connecting(loader, async (given) => {
      if (given === "first") await new Promise<void>((resolve) => (refuse = resolve));
      return database.connect(given);
    });
    const running = run(late);
    await run(connecting(loader, (given) => database.connect(given)));
    refuse();
    expect(await running).toBe("connected");
    expect(aws.calls).toHaveLength(2);
  });

  it("begins with the newest value, though the invocation has an older one", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("first");
    const handler = middy()
      .use(databaseLoader(aws))
      .handler(async (_event, { secrets }) => {
        database.password = "second";
        aws.rotateSecret("prod/db", "second");
        const use = (given: string) => database.connect(given);
        await withRotation(secrets.database, use, { isRejected });
        await withRotation(secrets.database, use, { isRejected });
        return secrets.database.reveal();
      });
    expect(await run(handler)).toBe("first");
    expect(database.tried).toEqual(["first", "second", "second"]);
  });

  it("never loops: a second refusal is the caller's", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("something else");
    const handler = connecting(databaseLoader(aws), (given) => database.connect(given));
    expect(await run(handler)).toBeInstanceOf(Refused);
    expect(database.tried).toEqual(["first", "first"]);
    expect(aws.calls).toHaveLength(2);
  });

  it("passes on what is no refusal, at once", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const connect = vi.fn(() => {
      throw new Error("no route to host");
    });
    expect(await run(connecting(databaseLoader(aws), connect))).toMatchObject({
      message: "no route to host",
    });
    expect(connect).toHaveBeenCalledOnce();
    expect(aws.calls).toHaveLength(1);
  });

  it("does not ask AWS with every invocation of a database that is locked: the value stays the same", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("something else");
    const handler = connecting(
      databaseLoader(aws, { maxAgeMs: Number.POSITIVE_INFINITY }),
      (given) => database.connect(given),
    );
    const attempts: number[] = [];
    await run(handler);
    for (let second = 0; second < 60; second++) {
      const before = aws.calls.length;
      expect(await run(handler)).toBeInstanceOf(Refused);
      if (aws.calls.length > before) attempts.push(second);
      clock.pass(1_000);
    }
    expect(attempts).toEqual([1, 3, 7, 15, 31]);
    database.password = "second";
    aws.rotateSecret("prod/db", "second");
    clock.pass(30_000);
    expect(await run(handler)).toBe("connected");
  });

  it("says secret_unavailable when AWS cannot be asked, and nothing of the value", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("second");
    const loader = databaseLoader(aws);
    const handler = connecting(loader, (given) => database.connect(given));
    await run(revealing(loader));
    aws.fault({ kind: "accessDenied" });
    const refusal = await refusalOf(handler);
    expect(refusal).toMatchObject({ statusCode: 503, code: "secret_unavailable" });
    expect(causeOf(refusal)).not.toContain("first");
  });

  it("asks AWS again with the next invocation after it could not be asked", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("second");
    const loader = databaseLoader(aws);
    await run(revealing(loader));
    aws.rotateSecret("prod/db", "second");
    aws.fault({ kind: "accessDenied", times: 1 });
    const connect = connecting(loader, (given) => database.connect(given));
    expect((await refusalOf(connect)).code).toBe("secret_unavailable");
    expect(await run(connect)).toBe("connected");
  });

  it("does not take a refresh that began before the refusal for a fresh fetch", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const database = databaseWith("first");
    const loader = databaseLoader(aws);
    await run(revealing(loader));
    clock.pass(80_000);
    const handler = connecting(loader, async (given) => {
      // The refresh has been answered with the old value when the database changes it.
      await callsToReach(aws, 2);
      await vi.waitFor(() => expect(callsOf(aws)[1]).toBe("GetSecretValue ok"));
      if (database.password === "first") {
        database.password = "second";
        aws.rotateSecret("prod/db", "second");
      }
      return database.connect(given);
    });
    expect(await run(handler)).toBe("connected");
    expect(aws.calls).toHaveLength(3);
  });

  it("renews a configuration in a session of its own, as AppConfig would refuse an early poll", async () => {
    await using aws = await startLocalAws({ appConfig: { "orders/prod/key": "first" } });
    const from = appConfig({
      application: "orders",
      environment: "prod",
      name: "key",
      clientConfig: aws.clientConfig,
    });
    const database = databaseWith("second");
    const handler = connecting(secretsLoader({ secrets: { database: { from } } }), (given) => {
      aws.putConfiguration("orders/prod/key", "second");
      return database.connect(given);
    });
    expect(await run(handler)).toBe("connected");
    expect(callsOf(aws).filter((call) => call === "StartConfigurationSession ok")).toHaveLength(2);
  });

  it("recovers a secret whose last fetch brought something broken", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": { password: "first" } } });
    const from = secretsManager("prod/db", { clientConfig: aws.clientConfig });
    const database = databaseWith("second");
    const handler = middy()
      .use(secretsLoader({ secrets: { database: { from, as: "json" } } }))
      .handler(async (_event, { secrets }) => {
        const use = (given: unknown) => database.connect((given as { password: string }).password);
        aws.putSecret("prod/db", "no JSON");
        const failure = await withRotation(secrets.database, use, { isRejected }).catch((e) => e);
        aws.putSecret("prod/db", { password: "second" });
        return [failure.code, await withRotation(secrets.database, use, { isRejected })];
      });
    expect(await run(handler)).toEqual(["secret_unavailable", "connected"]);
  });

  it("accepts only secrets of secretsLoader, and a function that knows a refusal", async () => {
    const stranger = new Secret("stranger", "value");
    await expect(withRotation(stranger, () => 1, { isRejected })).rejects.toThrow(TypeError);
    await expect(withRotation(stranger, () => 1, { isRejected: true as never })).rejects.toThrow(
      /isRejected/,
    );
  });

  it("works outside of an invocation, with a secret that is replaced meanwhile", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first" } });
    const { before, after } = databaseLoader(aws);
    const request = { event: {}, context: lambdaContext(), internal: {} } as never;
    await before?.(request);
    await after?.(request);
    aws.rotateSecret("prod/db", "second");
    const { database } = (request as { context: { secrets: { database: Secret<string> } } }).context
      .secrets;
    const server = databaseWith("second");
    const use = (given: string) => server.connect(given);
    expect(await withRotation(database, use, { isRejected })).toBe("connected");
    // The secret itself was wiped with the value that it held.
    expect(() => database.reveal()).toThrow(TypeError);
    expect(await withRotation(database, use, { isRejected })).toBe("connected");
  });
});
