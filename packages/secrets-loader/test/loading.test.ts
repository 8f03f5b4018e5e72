import { inspect } from "node:util";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import middy from "@middy/core";
import { findSecret } from "@middy-hardening/core";
import { invoke, lambdaContext, startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { appConfig, parameterStore, secretsLoader, secretsManager } from "../src/index.ts";
import { callsOf, callsToReach, databaseLoader, refusalOf, revealing, run } from "./support.ts";

describe("secretsLoader", () => {
  it("gives the handler secrets of Secrets Manager, Parameter Store and AppConfig", async () => {
    await using aws = await startLocalAws({
      secrets: { "prod/orders/db": { user: "orders", password: "correct horse" } },
      parameters: { "/prod/orders/api-key": { secure: "battery staple" } },
      appConfig: { "orders/prod/flags": { blue: true } },
    });
    const { clientConfig } = aws;
    const handler = revealing(
      secretsLoader({
        secrets: {
          database: {
            from: secretsManager("prod/orders/db", { clientConfig }),
            as: "json",
            schema: z.object({ user: z.string(), password: z.string() }),
          },
          apiKey: { from: parameterStore("/prod/orders/api-key", { clientConfig }) },
          flags: {
            from: appConfig({
              application: "orders",
              environment: "prod",
              name: "flags",
              clientConfig,
            }),
            as: "json",
          },
        },
      }),
    );
    expect((await invoke(handler, {})).result).toEqual({
      database: { user: "orders", password: "correct horse" },
      apiKey: "battery staple",
      flags: { blue: true },
    });
  });

  it("asks AWS once and serves the invocations after that from its cache", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "correct horse" } });
    const handler = revealing(databaseLoader(aws));
    for (let count = 0; count < 5; count++) {
      expect(await run(handler)).toEqual({ database: "correct horse" });
    }
    expect(callsOf(aws)).toEqual(["GetSecretValue ok"]);
  });

  it("makes one call for concurrent invocations", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "correct horse" } });
    aws.fault({ kind: "delay", delayMs: 20 });
    const handler = revealing(databaseLoader(aws));
    const results = await Promise.all(Array.from({ length: 20 }, () => run(handler)));
    expect(new Set(results.map((result) => JSON.stringify(result)))).toEqual(
      new Set(['{"database":"correct horse"}']),
    );
    expect(callsOf(aws)).toEqual(["GetSecretValue ok"]);
  });

  it("loads all secrets in parallel", async () => {
    await using aws = await startLocalAws({
      secrets: { one: "first value", two: "second value" },
    });
    const { clientConfig } = aws;
    aws.fault({ kind: "delay" });
    const handler = revealing(
      secretsLoader({
        secrets: {
          one: { from: secretsManager("one", { clientConfig }) },
          two: { from: secretsManager("two", { clientConfig }) },
        },
      }),
    );
    const running = run(handler);
    await callsToReach(aws, 2);
    expect(callsOf(aws)).toEqual(["GetSecretValue pending", "GetSecretValue pending"]);
    expect(aws.calls.map(({ input }) => input.SecretId).sort()).toEqual(["one", "two"]);
    expect(await running).toEqual({ one: "first value", two: "second value" });
  });

  it("answers from its cache without a promise", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "correct horse" } });
    const { before, after } = databaseLoader(aws);
    const request = () => ({ event: {}, context: lambdaContext(), internal: {} }) as never;
    expect(before?.(request())).toBeInstanceOf(Promise);
    await run(revealing(databaseLoader(aws)));
    const first = request();
    await before?.(first);
    after?.(first);
    const second = request();
    expect(before?.(second)).toBeUndefined();
    expect(after?.(second)).toBeUndefined();
    expect((second as { context: { secrets: object } }).context.secrets).toHaveProperty("database");
  });

  it("hides the secrets from enumeration, copies, logs and assignment", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "correct horse" } });
    const handler = middy()
      .use(databaseLoader(aws))
      .handler(async (_event, context) => {
        expect(Object.keys(context)).not.toContain("secrets");
        expect({ ...context }).not.toHaveProperty("secrets");
        expect(JSON.stringify(context)).not.toContain("secrets");
        expect(Object.isFrozen(context.secrets)).toBe(true);
        expect(() => Object.assign(context, { secrets: {} })).toThrow(TypeError);
        expect(inspect(context.secrets)).toBe("{ database: [secret database] }");
        expect(`${context.secrets.database}`).toBe("[secret database]");
        return findSecret("a log line with correct horse in it");
      });
    expect((await invoke(handler, {})).result).toBe("[secret database]");
  });

  it("leaves the secrets of another middleware on the context", async () => {
    await using aws = await startLocalAws({
      secrets: { "prod/db": "first value", other: "second" },
    });
    const { clientConfig } = aws;
    const handler = middy()
      .use(databaseLoader(aws))
      .use(
        secretsLoader({ secrets: { other: { from: secretsManager("other", { clientConfig }) } } }),
      )
      .handler(async (_event, { secrets }) => [secrets.database.reveal(), secrets.other.reveal()]);
    expect((await invoke(handler, {})).result).toEqual(["first value", "second"]);
  });
});

describe("a secret's form", () => {
  const secrets = {
    text: "naïve ☃",
    json: { nested: ["value"] },
    bytes: Uint8Array.of(0, 255, 128),
    textBytes: Buffer.from("naïve ☃"),
    jsonBytes: Buffer.from('{"nested":["value"]}'),
  };
  const load = async (name: keyof typeof secrets, as?: "binary" | "json" | "text") => {
    await using aws = await startLocalAws({ secrets });
    const from = secretsManager(name, { clientConfig: aws.clientConfig });
    const handler = middy()
      .use(secretsLoader({ secrets: { it: { from, as } } }))
      .handler(async (_event, context) => context.secrets.it.reveal() as unknown);
    return await run(handler);
  };

  it("is text unless said otherwise", async () => {
    expect(await load("text")).toBe("naïve ☃");
    expect(await load("json")).toBe('{"nested":["value"]}');
  });

  it("may be JSON", async () => {
    expect(await load("json", "json")).toEqual({ nested: ["value"] });
    expect(await load("jsonBytes", "json")).toEqual({ nested: ["value"] });
  });

  it("may be bytes, of a binary secret or of a text", async () => {
    expect(await load("bytes", "binary")).toEqual(Uint8Array.of(0, 255, 128));
    expect(await load("text", "binary")).toEqual(new TextEncoder().encode("naïve ☃"));
  });

  it("may be the text in a binary secret, if it is UTF-8", async () => {
    expect(await load("textBytes", "text")).toBe("naïve ☃");
    expect(await load("bytes", "text")).toMatchObject({ code: "secret_unavailable" });
  });
});

describe("a source", () => {
  it("reads the version that is asked for", async () => {
    await using aws = await startLocalAws();
    const { versionId } = aws.putSecret("prod/db", "the oldest");
    aws.rotateSecret("prod/db", "the previous");
    aws.rotateSecret("prod/db", "the current");
    const { clientConfig } = aws;
    const handler = revealing(
      secretsLoader({
        secrets: {
          byId: { from: secretsManager("prod/db", { clientConfig, versionId }) },
          byStage: {
            from: secretsManager("prod/db", { clientConfig, versionStage: "AWSPREVIOUS" }),
          },
          current: { from: secretsManager("prod/db", { clientConfig }) },
        },
      }),
    );
    expect(await run(handler)).toEqual({
      byId: "the oldest",
      byStage: "the previous",
      current: "the current",
    });
  });

  it("reads a version of a parameter by its name, decrypted", async () => {
    await using aws = await startLocalAws({ parameters: { "/key": { secure: "the oldest" } } });
    aws.putParameter("/key", { secure: "the current" });
    const { clientConfig } = aws;
    const handler = revealing(
      secretsLoader({
        secrets: {
          first: { from: parameterStore("/key:1", { clientConfig }) },
          current: { from: parameterStore("/key", { clientConfig }) },
        },
      }),
    );
    expect(await run(handler)).toEqual({ first: "the oldest", current: "the current" });
  });

  it("uses a client of the user's own", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "correct horse" } });
    const agents: unknown[] = [];
    const client = new SecretsManagerClient({ ...aws.clientConfig, maxAttempts: 1 });
    client.middlewareStack.add(
      (next) => (args) => {
        agents.push(args.input);
        return next(args);
      },
      { step: "initialize" },
    );
    const handler = revealing(
      secretsLoader({ secrets: { database: { from: secretsManager("prod/db", { client }) } } }),
    );
    expect(await run(handler)).toEqual({ database: "correct horse" });
    expect(agents).toEqual([{ SecretId: "prod/db" }]);
    // The client itself is left as it was.
    expect(Object.hasOwn(client, "send")).toBe(false);
  });

  it("finds region, endpoint and credentials in the environment", async () => {
    await using aws = await startLocalAws({ parameters: { "/key": "correct horse" } });
    const before = { ...process.env };
    Object.assign(process.env, aws.environment);
    try {
      const handler = revealing(
        secretsLoader({ secrets: { key: { from: parameterStore("/key") } } }),
      );
      expect(await run(handler)).toEqual({ key: "correct horse" });
    } finally {
      process.env = before;
    }
  });

  it("reports a client that has no region as unavailable, without a call", async () => {
    const before = { ...process.env };
    for (const name of Object.keys(process.env))
      if (name.startsWith("AWS_")) delete process.env[name];
    process.env.AWS_EC2_METADATA_DISABLED = "true";
    try {
      const handler = revealing(secretsLoader({ secrets: { it: { from: secretsManager("it") } } }));
      expect((await refusalOf(handler)).statusCode).toBe(503);
    } finally {
      process.env = before;
    }
  });
});

describe("a configuration of AppConfig", () => {
  const flagsOf = (clientConfig: object) =>
    appConfig({ application: "orders", environment: "prod", name: "flags", clientConfig });

  it("is polled in one session, and keeps its value while nothing changes", async () => {
    await using aws = await startLocalAws({ appConfig: { "orders/prod/flags": "one" } });
    const from = flagsOf(aws.clientConfig);
    const handler = revealing(secretsLoader({ secrets: { flags: { from } }, maxAgeMs: 0 }));
    expect(await run(handler)).toEqual({ flags: "one" });
    expect(await run(handler)).toEqual({ flags: "one" });
    aws.putConfiguration("orders/prod/flags", "two");
    expect(await run(handler)).toEqual({ flags: "two" });
    expect(callsOf(aws)).toEqual([
      "StartConfigurationSession ok",
      "GetLatestConfiguration ok",
      "GetLatestConfiguration ok",
      "GetLatestConfiguration ok",
    ]);
  });

  it("begins another session when its token is refused", async () => {
    await using aws = await startLocalAws({ appConfig: { "orders/prod/flags": "one" } });
    const from = flagsOf(aws.clientConfig);
    const handler = revealing(secretsLoader({ secrets: { flags: { from } }, maxAgeMs: 0 }));
    await run(handler);
    aws.fault({ kind: "accessDenied", operation: "GetLatestConfiguration", times: 1 });
    aws.putConfiguration("orders/prod/flags", "two");
    expect(await run(handler)).toEqual({ flags: "two" });
    expect(callsOf(aws).slice(2)).toEqual([
      "GetLatestConfiguration AccessDeniedException",
      "StartConfigurationSession ok",
      "GetLatestConfiguration ok",
    ]);
  });

  it("reaches each of two functions that share the source", async () => {
    await using aws = await startLocalAws({ appConfig: { "orders/prod/flags": "one" } });
    const from = flagsOf(aws.clientConfig);
    const first = revealing(secretsLoader({ secrets: { flags: { from } }, maxAgeMs: 0 }));
    const second = revealing(secretsLoader({ secrets: { flags: { from } }, maxAgeMs: 0 }));
    await run(first);
    await run(second);
    aws.putConfiguration("orders/prod/flags", "two");
    expect(await run(first)).toEqual({ flags: "two" });
    expect(await run(second)).toEqual({ flags: "two" });
  });
});

describe("the options", () => {
  const from = secretsManager("prod/db");

  it.each<[string, () => unknown, RegExp]>([
    ["an unknown option", () => secretsLoader({ secrets: {}, maxAge: 1 } as never), /maxAgeMs/],
    [
      "an age that is no number",
      () => secretsLoader({ secrets: {}, maxAgeMs: "1" as never }),
      /maxAgeMs/,
    ],
    ["options without secrets", () => secretsLoader({} as never), /"secrets" must be an object/],
    [
      "a secret without a source",
      () => secretsLoader({ secrets: { it: {} as never } }),
      /secrets\.it: option "from"/,
    ],
    ["a list of secrets", () => secretsLoader({ secrets: [] as never }), /secrets/],
    [
      "a plain name as source",
      () => secretsLoader({ secrets: { it: { from: "x" as never } } }),
      /secrets\.it/,
    ],
    [
      "an unknown form",
      () => secretsLoader({ secrets: { it: { from, as: "yaml" as never } } }),
      /"text" or/,
    ],
    [
      "a schema of no kind",
      () => secretsLoader({ secrets: { it: { from, schema: {} as never } } }),
      /Standard Schema/,
    ],
    [
      "a secret without a name",
      () => secretsManager(undefined as never),
      /secretsManager: option "name"/,
    ],
    [
      "a version that is no text",
      () => secretsManager("x", { versionId: 3 as never }),
      /versionId/,
    ],
    ["a parameter without a name", () => parameterStore(""), /parameterStore: option "name"/],
    ["a client that is none", () => parameterStore("x", { client: "x" as never }), /client/],
    [
      "a configuration without its environment",
      () => appConfig({ application: "a", name: "n" } as never),
      /environment/,
    ],
  ])("refuse %s", (_what, make, message) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });
});
