import middy from "@middy/core";
import {
  captureSecurityEvents,
  httpEvent,
  invoke,
  type LocalAwsFaultKind,
  startLocalAws,
} from "@middy-hardening/testing";
import { describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { appConfig, parameterStore, secretsLoader, secretsManager } from "../src/index.ts";
import {
  callsOf,
  causeOf,
  databaseLoader,
  refusalOf,
  revealing,
  run,
  stopClock,
  withoutChance,
} from "./support.ts";

const problem = (reason: string): string =>
  `The secret "database" (secretsManager prod/db) ${reason}.`;

describe("an AWS failure at the first load", () => {
  it("keeps the handler from running: 503 secret_unavailable, and a blocked event", async () => {
    await using aws = await startLocalAws();
    using captured = captureSecurityEvents();
    const body = vi.fn();
    const handler = middy().use(databaseLoader(aws)).handler(body);
    const refusal = await refusalOf(handler);
    expect(refusal).toMatchObject({
      statusCode: 503,
      code: "secret_unavailable",
      message: "Service Unavailable",
      detail: undefined,
    });
    const known = problem("could not be loaded: ResourceNotFoundException, HTTP 400");
    expect(causeOf(refusal)).toBe(known);
    expect(body).not.toHaveBeenCalled();
    expect(captured.events).toMatchObject([
      {
        name: "secret_load_fail",
        params: ["database"],
        severity: "WARN",
        outcome: "blocked",
        description: known,
        source: "@middy-hardening/secrets-loader",
      },
    ]);
  });

  it("names each secret that is missing to the log, none to the caller", async () => {
    await using aws = await startLocalAws({ secrets: { present: "first value" } });
    const { clientConfig } = aws;
    const handler = revealing(
      secretsLoader({
        secrets: {
          one: { from: secretsManager("absent", { clientConfig }) },
          present: { from: secretsManager("present", { clientConfig }) },
          two: { from: parameterStore("/absent", { clientConfig }) },
        },
      }),
    );
    expect(causeOf(await refusalOf(handler))).toBe(
      'The secret "one" (secretsManager absent) could not be loaded: ResourceNotFoundException, HTTP 400. ' +
        'The secret "two" (parameterStore /absent) could not be loaded: ParameterNotFound, HTTP 400.',
    );
    const { error } = await invoke(handler, httpEvent("api-gateway-http"));
    expect(error?.errorMessage).toBe("Service Unavailable");
  });

  it("is tried again by the next invocation", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "accessDenied", times: 1 });
    const handler = revealing(databaseLoader(aws));
    expect((await refusalOf(handler)).statusCode).toBe(503);
    expect(await run(handler)).toEqual({ database: "first value" });
  });

  it("of a concurrent invocation makes the others try once for themselves, together", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "accessDenied", times: 1 });
    const handler = revealing(databaseLoader(aws));
    const results = await Promise.all([run(handler), run(handler), run(handler)]);
    expect(results[0]).toMatchObject({ code: "secret_unavailable" });
    expect(results.slice(1)).toEqual([{ database: "first value" }, { database: "first value" }]);
    expect(aws.calls).toHaveLength(2);
  });
});

describe("a failure that passes", () => {
  const passing: LocalAwsFaultKind[] = ["throttle", "internalError", "disconnect", "garbage"];

  it.each(passing)("is tried again within the same load: %s", async (kind) => {
    withoutChance();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind, times: 4 });
    expect(await run(revealing(databaseLoader(aws)))).toEqual({ database: "first value" });
    expect(callsOf(aws)).toHaveLength(5);
  });

  it("is tried again though the user's client does not try again by itself", async () => {
    withoutChance();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "throttle", times: 2 });
    const clientConfig = { ...aws.clientConfig, maxAttempts: 1 };
    const from = secretsManager("prod/db", { clientConfig });
    const handler = revealing(secretsLoader({ secrets: { database: { from } } }));
    expect(await run(handler)).toEqual({ database: "first value" });
    expect(callsOf(aws)).toHaveLength(3);
  });

  it("is tried again on another connection when a call is not answered", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "hang", times: 1 });
    const handler = revealing(databaseLoader(aws, { timeoutMs: 400 }));
    expect(await run(handler)).toEqual({ database: "first value" });
    expect(callsOf(aws)).toEqual(["GetSecretValue hang", "GetSecretValue ok"]);
  });

  it("is not tried again beyond timeoutMs: throttling", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "throttle" });
    const clientConfig = { ...aws.clientConfig, maxAttempts: 1 };
    const from = secretsManager("prod/db", { clientConfig });
    const loader = secretsLoader({ secrets: { database: { from } }, timeoutMs: 200 });
    expect(causeOf(await refusalOf(revealing(loader)))).toBe(
      problem("could not be loaded: ThrottlingException, HTTP 400"),
    );
    const { length } = aws.calls;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(aws.calls).toHaveLength(length);
  });

  it("is not waited for beyond timeoutMs: no answer, with the call aborted", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "delay", delayMs: 60_000 });
    const handler = revealing(databaseLoader(aws, { timeoutMs: 101 }));
    expect(causeOf(await refusalOf(handler))).toMatch(
      /could not be loaded: (?:no answer within 101 ms|TimeoutError)\.$/,
    );
    await vi.waitFor(() =>
      expect(new Set(callsOf(aws))).toEqual(new Set(["GetSecretValue abandoned"])),
    );
  });

  it.each(["StartConfigurationSession", "GetLatestConfiguration"] as const)(
    "is not waited for beyond timeoutMs: %s of AppConfig, aborted like any other call",
    async (operation) => {
      await using aws = await startLocalAws({ appConfig: { "a/e/n": "first value" } });
      aws.fault({ kind: "delay", operation, delayMs: 60_000 });
      const { clientConfig } = aws;
      const from = appConfig({ application: "a", environment: "e", name: "n", clientConfig });
      const loader = secretsLoader({ secrets: { flags: { from } }, timeoutMs: 200 });
      expect((await refusalOf(revealing(loader))).code).toBe("secret_unavailable");
      await vi.waitFor(() => expect(callsOf(aws).at(-1)).toBe(`${operation} abandoned`));
      expect(callsOf(aws)).not.toContain(`${operation} pending`);
    },
  );

  it("is not a refused permission: that is reported at once", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    aws.fault({ kind: "accessDenied" });
    expect(causeOf(await refusalOf(revealing(databaseLoader(aws))))).toBe(
      problem("could not be loaded: AccessDeniedException, HTTP 400"),
    );
    expect(aws.calls).toHaveLength(1);
  });

  it("gives up on a connection that nobody accepts", async () => {
    const aws = await startLocalAws();
    await aws.close();
    const from = secretsManager("prod/db", {
      clientConfig: { ...aws.clientConfig, maxAttempts: 1 },
    });
    const loader = secretsLoader({ secrets: { database: { from } }, timeoutMs: 300 });
    expect(causeOf(await refusalOf(revealing(loader)))).toContain("ECONNREFUSED");
  });
});

describe("an AWS failure after the first load", () => {
  it("lets the last good value be used, with a detected event", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(100_000);
    aws.fault({ kind: "accessDenied" });
    using captured = captureSecurityEvents();
    expect(await run(handler)).toEqual({ database: "first value" });
    expect(captured.events).toMatchObject([
      {
        name: "secret_load_fail",
        params: ["database"],
        outcome: "detected",
        description: `${problem("could not be loaded: AccessDeniedException, HTTP 400")} Its last value is used.`,
      },
    ]);
  });

  it("does not make every invocation of an outage wait for AWS: attempts come at growing distances", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(100_000);
    aws.fault({ kind: "accessDenied" });
    aws.clearCalls();
    const attempts: number[] = [];
    for (let second = 0; second < 120; second++) {
      const before = aws.calls.length;
      expect(await run(handler)).toEqual({ database: "first value" });
      if (aws.calls.length > before) attempts.push(second);
      clock.pass(1_000);
    }
    expect(attempts).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
  });

  it("is over when AWS answers again", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(100_000);
    aws.fault({ kind: "accessDenied", times: 1 });
    await run(handler);
    aws.putSecret("prod/db", "second value");
    clock.pass(1_000);
    using captured = captureSecurityEvents();
    expect(await run(handler)).toEqual({ database: "second value" });
    expect(captured.events).toEqual([]);
  });

  it("blocks once the value is older than maxAgeMs and maxStaleMs together", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    aws.fault({ kind: "accessDenied" });
    clock.pass(999_999);
    expect(await run(handler)).toEqual({ database: "first value" });
    using captured = captureSecurityEvents();
    clock.pass(1);
    expect(await refusalOf(handler)).toMatchObject({ statusCode: 503, code: "secret_unavailable" });
    expect(captured.events).toMatchObject([{ name: "secret_load_fail", outcome: "blocked" }]);
  });

  it("blocks at once where no stale value is allowed", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws, { maxStaleMs: 0 }));
    await run(handler);
    aws.fault({ kind: "accessDenied" });
    clock.pass(100_000);
    expect((await refusalOf(handler)).code).toBe("secret_unavailable");
  });

  it("blocks when the clock was set back and the age is not known", async () => {
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(-1_000);
    aws.fault({ kind: "accessDenied" });
    expect((await refusalOf(handler)).code).toBe("secret_unavailable");
  });

  it("is met with the same value by concurrent invocations", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(100_000);
    aws.fault({ kind: "accessDenied" });
    using captured = captureSecurityEvents();
    expect(await Promise.all([run(handler), run(handler)])).toEqual([
      { database: "first value" },
      { database: "first value" },
    ]);
    expect(captured.events.map(({ outcome }) => outcome)).toEqual(["detected", "detected"]);
    expect(aws.calls).toHaveLength(2);
  });

  it("of a refresh beside the handler is no event, as the value is not due", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const handler = revealing(databaseLoader(aws));
    await run(handler);
    clock.pass(80_000);
    aws.fault({ kind: "accessDenied", times: 1 });
    using captured = captureSecurityEvents();
    expect(await run(handler)).toEqual({ database: "first value" });
    expect(captured.events).toEqual([]);
    expect(callsOf(aws).at(-1)).toBe("GetSecretValue AccessDeniedException");
  });
});

describe("a secret that is not what it should be", () => {
  const Login = z.object({ user: z.string(), password: z.string().min(8) });
  const CANARY = "canary-5f1c7";
  const loginLoader = (clientConfig: object, schema: z.ZodType = Login) =>
    secretsLoader({
      secrets: {
        database: { from: secretsManager("prod/db", { clientConfig }), as: "json", schema },
      },
      maxAgeMs: 100_000,
    });

  it.each<[what: string, secret: string | object, reason: string]>([
    ["no JSON", `{"user":"${CANARY}`, "is not json"],
    ["a missing field", { user: CANARY }, "does not match its schema at #/password"],
    [
      "a wrong type",
      { user: { [CANARY]: CANARY }, password: CANARY },
      "does not match its schema at #/user",
    ],
    [
      "a value too short",
      { user: CANARY, password: "x" },
      "does not match its schema at #/password",
    ],
    ["another document", CANARY, "is not json"],
    ["a list", `["${CANARY}"]`, "does not match its schema at #"],
  ])("blocks and tells where, but not what: %s", async (_what, secret, reason) => {
    await using aws = await startLocalAws({ secrets: { "prod/db": secret } });
    const refusal = await refusalOf(revealing(loginLoader(aws.clientConfig)));
    expect(refusal.statusCode).toBe(503);
    expect(causeOf(refusal)).toBe(problem(reason));
  });

  it.each<[schema: z.ZodType, secret: object, pointer: string]>([
    [z.object({ logins: z.array(Login) }), { logins: [{ user: "u" }] }, "#/logins/0/password"],
    [z.object({ "api-key_v": z.string() }), {}, "#/api-key_v"],
    // The keys of a map belong to the value.
    [z.record(z.string(), z.number()), { [CANARY]: CANARY }, "#/*"],
    [z.record(z.string(), z.number()), { ["k".repeat(33)]: CANARY }, "#/*"],
    [z.strictObject({}), { [CANARY]: CANARY }, "#"],
  ])(
    "shows of a place only what looks like the name of a field: %#",
    async (schema, secret, pointer) => {
      await using aws = await startLocalAws({ secrets: { "prod/db": secret } });
      const refusal = await refusalOf(revealing(loginLoader(aws.clientConfig, schema)));
      expect(causeOf(refusal)).toBe(problem(`does not match its schema at ${pointer}`));
    },
  );

  it("takes the path segments of libraries that have objects for them, and issues without a path", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": {} } });
    const reasonFor = async (issues: readonly object[]): Promise<string> => {
      const schema = { "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) } };
      return causeOf(await refusalOf(revealing(loginLoader(aws.clientConfig, schema as never))));
    };
    const path = [{ key: "logins" }, { key: 0 }, Symbol("user")];
    expect(await reasonFor([{ path }])).toContain("at #/logins/0/*.");
    expect(await reasonFor([{ message: "x" }])).toContain("at #.");
    expect(await reasonFor([])).toContain("at #.");
  });

  it("gives what an asynchronous schema makes of it", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": { user: "u" } } });
    const schema = z.object({ user: z.string() }).transform(async ({ user }) => user.toUpperCase());
    expect(await run(revealing(loginLoader(aws.clientConfig, schema)))).toEqual({ database: "U" });
  });

  it("blocks when its schema throws, without the schema's words", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": { user: CANARY } } });
    const schema = z.any().transform((value) => {
      throw new Error(`cannot use ${value.user}`);
    });
    expect(causeOf(await refusalOf(revealing(loginLoader(aws.clientConfig, schema))))).toBe(
      problem("could not be validated: its schema threw an error"),
    );
  });

  it("blocks when its schema never comes to an end", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const from = secretsManager("prod/db", { clientConfig: aws.clientConfig });
    const schema = z.string().refine(() => new Promise<boolean>(() => {}));
    const loader = secretsLoader({ secrets: { database: { from, schema } }, timeoutMs: 1_000 });
    expect(causeOf(await refusalOf(revealing(loader)))).toBe(
      problem("could not be loaded: no answer within 1000 ms"),
    );
  });

  it("is not replaced by the good value before it", async () => {
    withoutChance();
    const clock = stopClock();
    const good = { user: "orders", password: "correct horse" };
    await using aws = await startLocalAws({ secrets: { "prod/db": good } });
    const handler = revealing(loginLoader(aws.clientConfig));
    await run(handler);
    aws.putSecret("prod/db", { user: "orders" });
    clock.pass(100_000);
    expect((await refusalOf(handler)).code).toBe("secret_unavailable");
    // Not when AWS fails after that, either.
    using denied = aws.fault({ kind: "accessDenied" });
    expect((await refusalOf(handler)).code).toBe("secret_unavailable");
    denied.remove();
    aws.putSecret("prod/db", good);
    expect(await run(handler)).toEqual({ database: good });
  });

  it("blocks an invocation that found it good, but had to wait for another secret", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({
      secrets: { "prod/db": "{}" },
      parameters: { "/key": "x" },
    });
    const { clientConfig } = aws;
    const handler = revealing(
      secretsLoader({
        secrets: {
          database: { from: secretsManager("prod/db", { clientConfig }), as: "json" },
          key: { from: parameterStore("/key", { clientConfig }) },
        },
        maxAgeMs: 100_000,
      }),
    );
    aws.fault({ kind: "accessDenied", service: "secretsmanager", times: 1 });
    await run(handler);
    clock.pass(15_000);
    expect(await run(handler)).toEqual({ database: {}, key: "x" });
    // Now the key is due, and the database's refresh, which runs beside, finds a broken value.
    clock.pass(85_000);
    aws.putSecret("prod/db", "no JSON");
    aws.fault({ kind: "delay", service: "ssm", delayMs: 100 });
    expect(causeOf(await refusalOf(handler))).toBe(problem("is not json"));
  });
});

describe("an empty secret", () => {
  it("blocks: it would be a key that everybody knows", async () => {
    await using aws = await startLocalAws({ secrets: { empty: new Uint8Array(0) } });
    const from = secretsManager("empty", { clientConfig: aws.clientConfig });
    const loader = secretsLoader({ secrets: { key: { from, as: "binary" } } });
    expect(causeOf(await refusalOf(revealing(loader)))).toContain("has no value");
  });
});
