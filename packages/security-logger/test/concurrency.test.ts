import type { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { PublicError, publishSecurityEvent } from "@middy-hardening/core";
import { captureOutput, httpEvent, invoke, lambdaContext } from "@middy-hardening/testing";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { afterEach, describe, expect, it, vi } from "vitest";
import { securityLogger } from "../src/index.ts";
import { createSecureLogger } from "../src/secure-logger.ts";
import { managedInstances } from "./managed-instances.ts";

const COUNT = 1000;

const TIMEOUT_MS = 60_000;

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A sequence of its own for each invocation, the same in each run. */
function* randomNumbers(seed: number): Generator<number, never> {
  let state = seed + 1;
  while (true) {
    state = (state * 48_271) % 2_147_483_647;
    yield state;
  }
}

/** Gives way to the others: for a microtask, a turn of the event loop or a few milliseconds. */
function pause(random: number): Promise<unknown> {
  if (random % 3 === 0) return Promise.resolve();
  if (random % 3 === 1) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => setTimeout(resolve, random % 3));
}

/** The event of invocation `number`, by a user of its own. */
function eventOf(number: number): APIGatewayProxyEventV2 {
  const event = httpEvent("api-gateway-http", { path: `/${number}` });
  const authorizer = { jwt: { claims: { sub: `user-${number}` }, scopes: [] } };
  return { ...event, requestContext: { ...event.requestContext, authorizer } } as typeof event;
}

const numberOf = (event: APIGatewayProxyEventV2): number => Number(event.rawPath.slice(1));

/** Publishes `number % 4` security events, logs at every step, and ends in one of three ways. */
function application(logger: Logger) {
  return middy<APIGatewayProxyEventV2>()
    .use(securityLogger({ flood: false, logger }))
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async (event, context: Context) => {
      const number = numberOf(event);
      const random = randomNumbers(number);
      const child = logger.createChild();
      logger.appendKeys({ account: `user-${number}` });
      logger.setCorrelationId(`correlation-${number}`);
      for (let step = 0; step < number % 4; step++) {
        await pause(random.next().value);
        publishSecurityEvent(
          { event, context },
          {
            name: "authz_fail",
            params: [`user-${number}`],
          },
        );
        logger.info("step", { number, password: `hunter-${number}` });
        child.info("step of a child", { number });
      }
      await pause(random.next().value);
      logger.warn("end", { number });
      if (number % 3 === 1) throw new PublicError(403, { code: `code_${number}` });
      if (number % 3 === 2) throw new Error(`failure of ${number}`);
      return { statusCode: 200, body: "x".repeat(number) };
    });
}

type Line = Readonly<Record<string, unknown>>;

/** Invokes all at once; each begins when the ones before it are somewhere on their way. */
async function invokeAll(
  handler: ReturnType<typeof application>,
  within: (number: number, invocation: () => Promise<void>) => Promise<void>,
): Promise<readonly Line[]> {
  using output = captureOutput();
  await Promise.all(
    Array.from({ length: COUNT }, async (_, number) => {
      const random = randomNumbers(COUNT + number);
      await pause(random.next().value);
      await pause(random.next().value);
      await within(number, async () => {
        const context = lambdaContext({
          // A thousand at the same time take their time on a busy machine.
          timeoutMs: 60_000,
          awsRequestId: `id-${number}`,
          tenantId: `tenant-${number}`,
        });
        await invoke(handler, eventOf(number), context);
      });
    }),
  );
  return output.records;
}

const OUTCOMES = ["served", "refused", "failed"];

/** Whether the line of an invocation tells that invocation, by its path, and no other. */
function isOfOneInvocation(line: Line): boolean {
  const number = Number(String(line.request_uri).slice(1));
  const { message } = (line.error ?? {}) as { message?: unknown };
  return (
    line.function_request_id === `id-${number}` &&
    line.principal === `user-${number}` &&
    line.outcome === OUTCOMES[number % 3] &&
    line.code === (number % 3 === 1 ? `code_${number}` : undefined) &&
    message === (number % 3 === 2 ? `failure of ${number}` : undefined) &&
    (number % 3 !== 0 || line.bytes_out === number)
  );
}

/** The lines that `securityLogger` prints of itself. */
function expectOwnLines(records: readonly Line[]): void {
  const invocations = records.filter((record) => record.message === "Invocation");
  expect(new Set(invocations.map((line) => line.function_request_id)).size).toBe(COUNT);
  expect(invocations).toHaveLength(COUNT);
  expect(invocations.filter((line) => !isOfOneInvocation(line))).toEqual([]);

  const expected = Array.from({ length: COUNT }, (_, number) =>
    Array<string>(number % 4).fill(`/${number} id-${number} authz_fail:user-${number}`),
  ).flat();
  const events = records
    .filter((record) => record.message === "Security event")
    .map((line) => `${line.request_uri} ${line.function_request_id} ${line.event}`);
  expect(events.toSorted()).toEqual(expected.toSorted());

  const counted = records
    .filter((record) => "_aws" in record)
    .reduce((sum, record) => sum + Number(record.authz_fail ?? 0), 0);
  expect(counted).toBe(expected.length);
}

/** The numbers of the invocations that a line tells of. */
function numbersIn(line: Line): Set<string | undefined> {
  const told = JSON.stringify(line).matchAll(/\b(?:id|user|tenant|trace|correlation)-(\d+)/g);
  return new Set([...told].map(([, number]) => number));
}

/** Nothing that is told of one invocation stands in a line of another. */
function expectUnmixed(records: readonly Line[]): void {
  const lines = records.filter((record) => !("_aws" in record));
  expect(lines.filter((line) => numbersIn(line).size !== 1)).toEqual([]);
}

/** Whether a line of the application has all that belongs to its invocation. */
function isComplete(line: Line): boolean {
  const ofLogger = ["function_request_id id", "tenant_id tenant", "xray_trace_id trace"];
  const ofKeys = ["account user", "correlation_id correlation"];
  const names = line.message === "step of a child" ? ofLogger : [...ofLogger, ...ofKeys];
  return names
    .map((pair) => pair.split(" "))
    .every(([name = "", prefix]) => line[name] === `${prefix}-${line.number}`);
}

describe("a thousand invocations in one process at the same time", { timeout: TIMEOUT_MS }, () => {
  it("never mix in the lines and counts of securityLogger", async () => {
    const records = await invokeAll(application(createSecureLogger()), (_, invocation) =>
      invocation(),
    );

    expectOwnLines(records);
  });

  it("nor in those of the application on Lambda Managed Instances", async () => {
    vi.stubEnv("AWS_LAMBDA_MAX_CONCURRENCY", "64");
    const inContext = await managedInstances();
    const handler = application(createSecureLogger());

    const records = await invokeAll(handler, (number, invocation) =>
      inContext(`id-${number}`, `trace-${number}`, invocation),
    );

    expectOwnLines(records);
    expectUnmixed(records);
    const lines = records.filter(({ message }) => /^(?:step|end)/.test(String(message)));
    expect(lines).toHaveLength(COUNT + 2 * (COUNT / 4) * (1 + 2 + 3));
    expect(lines.filter((line) => !isComplete(line))).toEqual([]);
    expect(JSON.stringify(lines)).not.toContain("hunter");
  });

  it("nor when they run one after the other, as on all other functions", async () => {
    let last = Promise.resolve();
    const records = await invokeAll(application(createSecureLogger()), (_, invocation) => {
      last = last.then(invocation);
      return last;
    });

    expectOwnLines(records);
    expectUnmixed(records);
  });
});
