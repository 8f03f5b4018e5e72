/**
 * Durable executions under the real SDK: a function that is suspended, and run again from its beginning.
 */
import { type DurableContext, StepError } from "@aws/durable-execution-sdk-js";
import middy, { type PluginExecutionMode } from "@middy/core";
import { executionModeDurableContext } from "@middy/core/executionModeDurableContext";
import { publishSecurityEvent, type Secret } from "@middy-hardening/core";
import { kmsDecryptor } from "@middy-hardening/kms-decryptor";
import { secretsLoader, secretsManager } from "@middy-hardening/secrets-loader";
import {
  captureOutput,
  captureSecurityEvents,
  httpEvent,
  type InvokableHandler,
  startLocalAws,
} from "@middy-hardening/testing";
import { type Deadline, timeoutGuard } from "@middy-hardening/timeout-guard";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { type HardenOptions, harden } from "../src/index.ts";
import { type DurableService, type RunOptions, startDurableService } from "./durable-service.ts";

const INTERNAL = "connect ECONNREFUSED 10.0.0.7:5432";
const A_WHILE = { minutes: 5 };
const once = { retryStrategy: () => ({ shouldRetry: false }) };
const again = { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) };

let service: DurableService;
beforeAll(async () => {
  service = await startDurableService();
  // The SDK makes its client once for the process.
  for (const [name, value] of Object.entries(service.environment)) vi.stubEnv(name, value);
});
afterAll(() => service[Symbol.asyncDispose]());

type Durable = DurableContext & {
  readonly deadline: Deadline;
  readonly secrets: Readonly<Record<string, Secret<string>>>;
};

/** A hardened durable function. */
function durable(
  options: HardenOptions,
  work: (context: Durable, event: unknown) => Promise<unknown>,
  executionMode: PluginExecutionMode = executionModeDurableContext,
): InvokableHandler {
  return middy({ executionMode, timeoutEarlyInMillis: 0 })
    .use(harden(options))
    .handler(((event: unknown, context: Durable) => work(context, event)) as never);
}

/** Runs an execution, and tells what was published and logged on the way. */
async function run(handler: InvokableHandler, input: unknown = {}, options?: RunOptions) {
  using output = captureOutput();
  using security = captureSecurityEvents();
  const execution = await service.run(handler, input, options);
  const lines = output.records.filter(({ message }) => message === "Invocation");
  const invocations = execution.invocations;
  return {
    ...execution,
    events: security.events.map(({ name, params }) => [name, ...params].join(":")),
    logged: output.records.flatMap(({ event }) => (typeof event === "string" ? [event] : [])),
    outcomes: lines.map(({ outcome }) => outcome),
    lines,
    log: output.text,
    answers: invocations.map(({ payload }) => payload).join("\n"),
  };
}

/** What an application tells of an invocation. */
const tell = (context: object, param: string): void =>
  publishSecurityEvent({ event: {}, context }, { name: "authz_admin", params: [param] });

describe("an execution that is suspended and replayed", () => {
  test("publishes and logs each event once, and each invocation once", async () => {
    const handler = durable({}, async (context) => {
      tell(context, "begin");
      await context.step("reserve", async () => "r-1");
      tell(context, "reserved");
      await context.wait("for payment", A_WHILE);
      tell(context, "paid");
      await context.step("ship", async () => "s-1");
      await context.wait("for delivery", A_WHILE);
      tell(context, "delivered");
      return { done: true };
    });
    const { status, result, events, logged, outcomes, lines } = await run(handler);
    expect({ status, result }).toEqual({ status: "SUCCEEDED", result: { done: true } });
    const all = ["begin", "reserved", "paid", "delivered"].map((param) => `authz_admin:${param}`);
    expect(events).toEqual(all);
    expect(logged).toEqual(all);
    expect(outcomes).toEqual(["suspended", "suspended", "served"]);
    const requestIds = lines.map(({ function_request_id }) => function_request_id);
    expect(new Set(requestIds).size).toBe(3);
  });

  test("publishes what happens in the body of a step in each attempt, since it happens again", async () => {
    let attempts = 0;
    const handler = durable({}, async (context) => {
      await context.wait("first", A_WHILE);
      const charge = async (): Promise<void> => {
        attempts += 1;
        tell(context, `attempt ${attempts}`);
        if (attempts === 1) throw new Error(INTERNAL);
      };
      await context.step("charge", charge, again);
    });
    const { status, events, outcomes } = await run(handler);
    expect(status).toBe("SUCCEEDED");
    expect(events).toEqual(["authz_admin:attempt 1", "authz_admin:attempt 2"]);
    expect(outcomes).toEqual(["suspended", "suspended", "served"]);
  });

  test("publishes again what an invocation that was killed published since its last operation", async () => {
    const guard = timeoutGuard({ reserveMs: 2_500 });
    let runs = 0;
    const handler = durable(
      { timeoutGuard: guard },
      async (context) => {
        runs += 1;
        tell(context, "begin");
        await context.wait("a while", A_WHILE);
        tell(context, "waited");
        if (runs === 2) await new Promise(() => {});
        await context.step("ship", async () => 1);
        tell(context, "shipped");
        if (runs === 3) await new Promise(() => {});
      },
      guard.pluginFor(executionModeDurableContext).executionMode,
    );
    const { status, logged, outcomes } = await run(handler);
    expect(status).toBe("SUCCEEDED");
    expect(outcomes).toEqual(["suspended", "timed_out", "timed_out", "served"]);
    const told = logged.filter((event) => event.startsWith("authz_admin"));
    expect(told.map((event) => event.slice("authz_admin:".length))).toEqual([
      ...["begin", "waited"],
      // Again, since nothing of the history shows that it has been.
      ...["waited", "shipped"],
    ]);
  });

  test("publishes an event within a part again until that part is completed, and then no more", async () => {
    const handler = durable({}, async (context) => {
      await context.runInChildContext("part", async (part) => {
        tell(context, "within");
        await part.wait("in the part", A_WHILE);
      });
      await context.wait("behind", A_WHILE);
    });
    const { events, outcomes } = await run(handler);
    expect(events).toEqual(["authz_admin:within", "authz_admin:within"]);
    expect(outcomes).toEqual(["suspended", "suspended", "served"]);
  });

  test("wipes what was decrypted for the invocation when it is suspended", async () => {
    await using aws = await startLocalAws({ keys: ["alias/orders"] });
    const seen: Secret<string>[] = [];
    const handler = durable(
      {
        kmsDecryptor: kmsDecryptor({
          fields: { "/card": { encryptionContext: { purpose: "card" } } },
          clientConfig: aws.clientConfig,
        }),
      },
      async (context, event) => {
        seen.push((event as { card: Secret<string> }).card);
        await context.wait("for payment", A_WHILE);
      },
    );
    const card = aws.encrypt("alias/orders", "4111 1111", { purpose: "card" });
    const { status } = await run(handler, { card });
    expect(status).toBe("SUCCEEDED");
    expect(seen).toHaveLength(2);
    for (const secret of seen) expect(() => secret.reveal()).toThrow();
  });

  test("gives an HTTP caller the hardened answer of its last invocation", async () => {
    const handler = durable({}, async (context) => {
      await context.wait("a while", A_WHILE);
      return { statusCode: 200, body: "{}" };
    });
    const { result, outcomes, events } = await run(handler, httpEvent("api-gateway-http"));
    expect(result).toMatchObject({
      statusCode: 200,
      headers: { "x-content-type-options": "nosniff" },
    });
    expect(events).toEqual([]);
    expect(outcomes).toEqual(["suspended", "served"]);
  });
});

describe("an execution that fails", () => {
  test("is refused before the handler begins, and told once", async () => {
    const work = vi.fn();
    const handler = durable({ event: z.strictObject({ sku: z.string() }) }, work);
    const { status, error, events, outcomes, invocations } = await run(handler, { sku: 1 });
    expect(status).toBe("FAILED");
    expect(error).toMatchObject({ ErrorType: "validation_failed" });
    expect(error).not.toHaveProperty("StackTrace");
    expect(work).not.toHaveBeenCalled();
    expect(events).toEqual([expect.stringMatching(/^input_validation_fail/)]);
    expect(outcomes).toEqual(["refused"]);
    expect(invocations).toHaveLength(1);
  });

  test("fails once and says nothing of the inside, after a replay", async () => {
    const handler = durable({}, async (context) => {
      tell(context, "begin");
      await context.wait("a while", A_WHILE);
      throw new Error(INTERNAL);
    });
    const { status, error, events, outcomes, answers, log } = await run(handler);
    expect(status).toBe("FAILED");
    expect(error).toMatchObject({ ErrorType: "InternalError" });
    expect(answers).not.toContain(INTERNAL);
    expect(log).toContain(INTERNAL);
    expect(events).toEqual(["authz_admin:begin", "sys_crash:Error"]);
    expect(outcomes).toEqual(["suspended", "failed"]);
  });

  test("fails in the handler's own words for a step that has no attempt left", async () => {
    const handler = durable({}, async (context) => {
      const charge = async (): Promise<void> => {
        throw new Error(INTERNAL);
      };
      const failed = await context.step("charge", charge, once).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(StepError);
      await context.wait("a while", A_WHILE);
      throw failed;
    });
    const { status, events, outcomes, answers } = await run(handler);
    expect(status).toBe("FAILED");
    expect(answers).not.toContain(INTERNAL);
    expect(events).toEqual(["sys_crash:StepError"]);
    expect(outcomes).toEqual(["suspended", "failed"]);
  });

  test("fails when its result is larger than an answer may be", async () => {
    const handler = durable({}, async () => "x".repeat(7_000_000));
    const { status, error, events, outcomes } = await run(handler);
    expect(status).toBe("FAILED");
    expect(error).toMatchObject({ ErrorType: "response_too_large" });
    expect(events).toEqual([expect.stringMatching(/^response_too_large/)]);
    expect(outcomes).toEqual(["failed"]);
  });

  test("has a line when the SDK ends it, since a checkpoint is refused", async () => {
    const handler = durable({}, async (context) => {
      service.failCheckpoints(400);
      await context.step("charge", async () => 1);
    });
    const { status, outcomes, lines } = await run(handler);
    service.failCheckpoints(undefined);
    expect(status).toBe("FAILED");
    expect(outcomes).toEqual(["failed"]);
    expect(lines).toMatchObject([{ error: { type: "CheckpointUnrecoverableExecutionError" } }]);
  });
});

describe("a secret that cannot be loaded during a replay", () => {
  test("is told, and ends the invocation but not the execution", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "correct horse" } });
    const { clientConfig } = aws;
    const handler = durable(
      {
        secretsLoader: secretsLoader({
          secrets: { database: { from: secretsManager("prod/db", { clientConfig }) } },
          maxAgeMs: 1,
          maxStaleMs: 0,
        }),
      },
      async (context) => {
        tell(context, "begin");
        await context.wait("a while", A_WHILE);
        return context.secrets.database?.reveal().length;
      },
    );
    const { status, result, events, outcomes, invocations } = await run(
      handler,
      {},
      {
        onInvocation: (number) => {
          aws.clearFaults();
          if (number === 2) aws.fault({ kind: "accessDenied" });
        },
      },
    );
    expect({ status, result }).toEqual({ status: "SUCCEEDED", result: 13 });
    expect(events).toEqual(["authz_admin:begin", "secret_load_fail:database"]);
    expect(outcomes).toEqual(["suspended", "failed", "served"]);
    expect(invocations[1]?.error).toMatchObject({ errorType: "secret_unavailable", trace: [""] });
  });
});

describe("a deadline in a durable execution", () => {
  test("is counted from the time of the Lambda context, anew in each invocation", async () => {
    const left: number[] = [];
    const handler = durable({ timeoutGuard: { reserveMs: 1_000 } }, async (context) => {
      left.push(context.deadline.remainingMs());
      expect(context.deadline.signal.aborted).toBe(false);
      await context.wait("a while", A_WHILE);
    });
    const { status, events } = await run(handler, {}, { timeoutMs: 60_000 });
    expect(status).toBe("SUCCEEDED");
    expect(left).toHaveLength(2);
    for (const ms of left) expect(ms).toBeGreaterThan(30_000);
    expect(events).toEqual([]);
  });

  test("aborts what heeds it in a step, which is tried again by the next invocation", async () => {
    let attempts = 0;
    const handler = durable({ timeoutGuard: { reserveMs: 2_500 } }, async (context) => {
      const { signal } = context.deadline;
      const work = async (): Promise<number> => {
        attempts += 1;
        if (attempts === 1) await new Promise((_, reject) => onAbort(signal, reject));
        return attempts;
      };
      return context.step("charge", work, again);
    });
    const { status, result, events, outcomes } = await run(handler);
    expect({ status, result }).toEqual({ status: "SUCCEEDED", result: 2 });
    expect(events).toEqual(["deadline_exceeded"]);
    expect(outcomes).toEqual(["suspended", "served"]);
  });

  test("is told when it passes during a replay", async () => {
    let runs = 0;
    const handler = durable({ timeoutGuard: { reserveMs: 2_500 } }, async (context) => {
      runs += 1;
      if (runs === 2)
        await new Promise<unknown>((resolve) => onAbort(context.deadline.signal, resolve));
      await context.wait("a while", A_WHILE);
    });
    const { status, events } = await run(handler);
    expect(status).toBe("SUCCEEDED");
    expect(events).toEqual(["deadline_exceeded"]);
  });

  test.each([
    ["the middleware", executionModeDurableContext, undefined],
    ["the plugin", undefined, timeoutGuard({ reserveMs: 2_500 })],
  ])("never fires for an invocation that was suspended: %s", async (_, mode, guard) => {
    const given = guard ?? timeoutGuard({ reserveMs: 2_500 });
    const executionMode = mode ?? given.pluginFor(executionModeDurableContext).executionMode;
    const handler = durable(
      { timeoutGuard: given },
      async (context) => {
        context.deadline.signal.addEventListener("abort", () => expect.unreachable());
        await context.wait("a while", A_WHILE);
      },
      executionMode,
    );
    using security = captureSecurityEvents();
    const { status, outcomes } = await run(handler);
    expect({ status, outcomes }).toEqual({
      status: "SUCCEEDED",
      outcomes: ["suspended", "served"],
    });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(security.events).toEqual([]);
  });

  test("ends an invocation that hangs, with the plugin, and not its execution", async () => {
    const guard = timeoutGuard({ reserveMs: 2_500 });
    let runs = 0;
    const handler = durable(
      { timeoutGuard: guard },
      async (context) => {
        runs += 1;
        const reserved = await context.step("reserve", async () => runs);
        if (runs === 1) await new Promise(() => {});
        return { reserved, runs };
      },
      guard.pluginFor(executionModeDurableContext).executionMode,
    );
    const { status, result, events, outcomes, invocations } = await run(handler);
    expect({ status, result }).toEqual({ status: "SUCCEEDED", result: { reserved: 1, runs: 2 } });
    expect(invocations[0]?.error).toMatchObject({ errorType: "DeadlineExceeded", trace: [""] });
    expect(events).toEqual(["deadline_exceeded:handler", "work_outlived_invocation:promises:1"]);
    expect(outcomes).toEqual(["timed_out", "served"]);
  });

  test("ends a hook that hangs, and not its execution", async () => {
    let runs = 0;
    const hanging = {
      before: () => {
        runs += 1;
        return runs === 1 ? new Promise<undefined>(() => {}) : undefined;
      },
    };
    const handler = durable(
      { timeoutGuard: { reserveMs: 2_500 }, secretsLoader: hanging },
      async () => "done",
    );
    const { status, result, outcomes } = await run(handler);
    expect({ status, result }).toEqual({ status: "SUCCEEDED", result: "done" });
    expect(outcomes).toEqual(["failed", "served"]);
  });
});

const onAbort = (signal: AbortSignal, listener: (reason: Error) => void): void =>
  signal.addEventListener("abort", () => listener(signal.reason));
