/**
 * A long life of one environment on a fast clock: the secret is rotated every 500 invocations, AWS
 * fails at random, and the database accepts the current password only.
 *
 * `SOAK=100000 vitest run test/soak.test.ts` runs it in full, `SOAK_SEED` with another seed.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import middy from "@middy/core";
import { isPublicError } from "@middy-hardening/core";
import {
  type InvokableHandler,
  type LocalAws,
  type LocalAwsFaultKind,
  lambdaContext,
  startLocalAws,
} from "@middy-hardening/testing";
import { expect, it } from "vitest";
import * as z from "zod";
import { secretsLoader, secretsManager, withRotation } from "../src/index.ts";
import { stopClock } from "./support.ts";

const INVOCATIONS = Number(process.env.SOAK ?? 5_000);
const SEED = Number(process.env.SOAK_SEED ?? 20_260_101);
const ROTATE_EVERY = 500;
const MAX_AGE_MS = 300_000;
const MAX_STALE_MS = 600_000;
/** An outage is longer than a value may live, so that its end is seen too. */
const OUTAGE_MS = 1_500_000;

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

const heapInUse = (): number => {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

class Refused extends Error {}

it(`keeps its promises for ${INVOCATIONS} invocations (seed ${SEED})`, {
  timeout: 1_800_000,
}, async () => {
  const random = randomOf(SEED);
  const clock = stopClock();
  await using aws: LocalAws = await startLocalAws({ secrets: { db: { password: "password-0" } } });
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  process.on("unhandledRejection", onRejection);

  let version = 0;
  /** When each password was replaced. */
  const replacedAt: number[] = [Number.POSITIVE_INFINITY];
  const rotate = (): void => {
    replacedAt[version] = Date.now();
    version += 1;
    replacedAt[version] = Number.POSITIVE_INFINITY;
    aws.rotateSecret("db", { password: `password-${version}` });
  };

  const faults: LocalAwsFaultKind[] = [
    "throttle",
    "internalError",
    "disconnect",
    "accessDenied",
    "garbage",
    "delay",
    "hang",
  ];
  let faultsInjected = 0;
  let outageEndsAt = 0;
  const outages: number[] = [];
  const injectAtRandom = (): void => {
    const isOutage = Date.now() < outageEndsAt;
    if (outageEndsAt > 0 && !isOutage) {
      aws.clearFaults();
      outageEndsAt = 0;
    }
    if (isOutage) return;
    const chance = random();
    if (chance < 0.0005) {
      aws.clearFaults();
      aws.fault({ kind: "accessDenied" });
      outageEndsAt = Date.now() + OUTAGE_MS;
      outages.push(Date.now());
    } else if (chance < 0.02) {
      const kind = faults[Math.floor(random() * faults.length)] as LocalAwsFaultKind;
      const times = kind === "hang" ? 1 : 1 + Math.floor(random() * 3);
      aws.fault({ kind, times, delayMs: 5 });
      faultsInjected += times;
    }
  };

  let ran = 0;
  let refused = 0;
  let refusedInPeace = 0;
  const from = secretsManager("db", { clientConfig: aws.clientConfig });
  const handler = middy()
    .use(
      secretsLoader({
        secrets: { database: { from, as: "json", schema: z.object({ password: z.string() }) } },
        maxAgeMs: MAX_AGE_MS,
        maxStaleMs: MAX_STALE_MS,
        timeoutMs: 400,
      }),
    )
    .handler(async (_event, { secrets }) => {
      ran += 1;
      const { password } = secrets.database.reveal();
      const ageMs = Date.now() - (replacedAt[Number(password.slice("password-".length))] as number);
      expect(ageMs).toBeLessThan(MAX_AGE_MS + MAX_STALE_MS);
      return withRotation(
        secrets.database,
        (login) => {
          if (login.password !== `password-${version}`) throw new Refused();
        },
        { isRejected: (error) => error instanceof Refused },
      );
    });
  const invokeOnce = async (): Promise<void> => {
    const runBefore = ran;
    try {
      await (handler as InvokableHandler)({} as never, lambdaContext() as never);
      expect(ran).toBeGreaterThan(runBefore);
    } catch (error) {
      // Nothing else may fail, a password that stays refused least of all.
      if (!isPublicError(error)) throw error;
      expect(error.code).toBe("secret_unavailable");
      refused += 1;
      if (outageEndsAt === 0) refusedInPeace += 1;
    }
  };

  let calls = 0;
  let answers = 0;
  const countCalls = (): void => {
    calls += aws.calls.length;
    answers += aws.calls.filter(({ outcome }) => outcome === "ok").length;
    aws.clearCalls();
  };

  const began = Date.now();
  let heapBefore = 0;
  for (let count = 0; count < INVOCATIONS; ) {
    injectAtRandom();
    // Mostly one after the other, at times a burst as on Lambda Managed Instances.
    const burst = random() < 0.01 ? Math.min(20, INVOCATIONS - count) : 1;
    await Promise.all(Array.from({ length: burst }, invokeOnce));
    for (let one = 0; one < burst; one++) {
      count += 1;
      if (count % ROTATE_EVERY === 0) rotate();
      if (count % 1_000 === 0) countCalls();
      if (count === Math.floor(INVOCATIONS / 4)) heapBefore = heapInUse();
    }
    clock.pass(Math.floor(random() * 20_000));
  }
  countCalls();
  const heapAfter = heapInUse();
  const elapsedMs = Date.now() - began;
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off("unhandledRejection", onRejection);

  // A value is asked for at most once in nine tenths of four fifths of its age, and after a rotation.
  const expectedAnswers = elapsedMs / (MAX_AGE_MS * 0.9 * 0.8) + version + 1;
  // In an outage there is an attempt every 15 s at most often, and one for each refused invocation.
  const attemptsInOutages = outages.length * (OUTAGE_MS / 15_000 + 10) + refused;
  const report = {
    calls,
    answers,
    faultsInjected,
    outages: outages.length,
    ran,
    refused,
    refusedInPeace,
    version,
    heapBefore,
    heapAfter,
  };
  expect(rejections, JSON.stringify(report)).toEqual([]);
  expect(ran, JSON.stringify(report)).toBeGreaterThan(INVOCATIONS * 0.5);
  expect(refusedInPeace, JSON.stringify(report)).toBeLessThan(INVOCATIONS / 100);
  expect(answers, JSON.stringify(report)).toBeLessThanOrEqual(expectedAnswers + faultsInjected);
  expect(calls, JSON.stringify(report)).toBeLessThanOrEqual(
    expectedAnswers + 2 * faultsInjected + attemptsInOutages,
  );
  expect(heapAfter, JSON.stringify(report)).toBeLessThan(heapBefore * 1.1);
  if (process.env.SOAK)
    process.stdout.write(`${JSON.stringify({ ...report, expectedAnswers, attemptsInOutages })}\n`);
});
