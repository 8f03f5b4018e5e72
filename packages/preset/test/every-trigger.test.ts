/**
 * Every trigger, and what a hardened function does when it serves, refuses, fails, runs out of time or
 * answers too much: what the caller gets, what is delivered again, and what is in the log.
 */
import middy from "@middy/core";
import { type EventSource, readsStatus } from "@middy-hardening/core";
import {
  captureOutput,
  captureSecurityEvents,
  type InvocationOutcome,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { describe, expect, test } from "vitest";
import { harden } from "../src/index.ts";
import { deepEvent, ORDER, TRIGGER_EVENTS } from "./trigger-events.ts";

const INTERNAL = "connect ECONNREFUSED 10.0.0.7:5432";

/** Who delivers the event again when the invocation fails; `caller`: whoever waits for the answer. */
const REDELIVERY: Readonly<Record<EventSource, "caller" | "lambda" | "source">> = {
  alb: "caller",
  "api-gateway-http": "caller",
  "api-gateway-rest": "caller",
  "api-gateway-websocket": "caller",
  "function-url": "caller",
  "vpc-lattice": "caller",
  appsync: "caller",
  authorizer: "caller",
  cognito: "caller",
  direct: "caller",
  cloudformation: "lambda",
  "cloudwatch-logs": "lambda",
  eventbridge: "lambda",
  s3: "lambda",
  ses: "lambda",
  sns: "lambda",
  dynamodb: "source",
  firehose: "source",
  kafka: "source",
  kinesis: "source",
  sqs: "source",
};

const SOURCES = Object.keys(TRIGGER_EVENTS) as EventSource[];
const deadline = timeoutGuard({ reserveMs: 40 });

interface Observed {
  readonly outcome: InvocationOutcome;
  /** What is in the answer, if its caller reads a status. */
  readonly status: unknown;
  readonly code: unknown;
  readonly log: string;
  readonly line: Readonly<Record<string, unknown>> | undefined;
  readonly events: readonly string[];
}

async function observe(
  event: unknown,
  handle: () => unknown,
  timeoutMs = 120_000,
): Promise<Observed> {
  const handler = middy(async () => handle(), deadline.plugin).use(
    harden({ timeoutGuard: deadline }),
  );
  using output = captureOutput();
  using security = captureSecurityEvents();
  const outcome = await invoke(handler, event, lambdaContext({ timeoutMs }));
  const { statusCode, body } = Object(outcome.result) as { statusCode?: number; body?: string };
  const problem = body?.startsWith("{") ? (JSON.parse(body) as { code?: string }) : {};
  return {
    outcome,
    status: statusCode,
    code: problem.code,
    log: output.text + outcome.runtimeLog.join("\n"),
    line: output.records.find(({ message }) => message === "Invocation"),
    events: security.events.map(({ name }) => name),
  };
}

/** What a handler of this trigger returns when all is well. */
function resultFor(source: EventSource): unknown {
  if (readsStatus(source)) return { statusCode: 200, body: JSON.stringify(ORDER) };
  if (source === "firehose") {
    return { records: ["r1", "r2"].map((recordId) => ({ recordId, result: "Ok", data: "e30=" })) };
  }
  return source === "sqs" || source === "kinesis" || source === "dynamodb"
    ? { batchItemFailures: [] }
    : { done: true };
}

describe.each(SOURCES)("%s", (source) => {
  const event = TRIGGER_EVENTS[source];
  const hasStatus = readsStatus(source);

  /** A failure as its caller understands it; where something is to be delivered again, as one. */
  function expectFailure(observed: Observed, status: number, code: string, errorType: string) {
    const { outcome, line } = observed;
    if (hasStatus) {
      expect(outcome.error).toBeUndefined();
      expect(observed).toMatchObject({ status, code });
      expect(line).toMatchObject({ status });
    } else {
      expect(outcome.error).toMatchObject({ errorType });
      expect(outcome.error?.trace ?? [""]).toEqual([""]);
    }
    if (REDELIVERY[source] !== "caller") expect(outcome.error).toBeDefined();
    expect(outcome.payload).not.toContain(INTERNAL);
  }

  test("is served", async () => {
    const result = resultFor(source);
    const observed = await observe(event, () => result);
    expect(observed.outcome.error).toBeUndefined();
    expect(observed.outcome.result).toMatchObject(result as object);
    expect(observed.events).toEqual([]);
    expect(observed.line).toMatchObject({ outcome: "served", event_source: source });
  });

  test("fails without a word of why, and is delivered again where nobody waits", async () => {
    const observed = await observe(event, () => {
      throw new Error(INTERNAL);
    });
    expectFailure(observed, 500, "internal_server_error", "InternalError");
    expect(observed.events).toEqual(["sys_crash"]);
    expect(observed.line).toMatchObject({ outcome: "failed", error: { message: INTERNAL } });
  });

  test("is answered in time when the handler never returns", async () => {
    const observed = await observe(event, () => new Promise(() => {}), 80);
    expectFailure(observed, 503, "deadline_exceeded", "DeadlineExceeded");
    expect(observed.events).toEqual(["deadline_exceeded", "work_outlived_invocation"]);
    expect(observed.line).toMatchObject({ outcome: "timed_out" });
  });

  test("is told that an answer of 7 MB cannot be sent", async () => {
    const observed = await observe(event, () => ({ statusCode: 200, body: "x".repeat(7_000_000) }));
    expectFailure(observed, 500, "response_too_large", "response_too_large");
    expect(observed.events).toEqual(["response_too_large"]);
    expect(observed.line).toMatchObject({ outcome: "failed" });
  });

  test("is refused what is nested too deep, alone where it can be", async () => {
    const observed = await observe(deepEvent(source), () => resultFor(source));
    expect(observed.events).toEqual(["input_validation_fail"]);
    switch (source) {
      case "sqs":
        expect(observed.outcome.result).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
        break;
      case "kinesis":
        expect(observed.outcome.result).toEqual({
          batchItemFailures: [{ itemIdentifier: "4952" }],
        });
        break;
      case "dynamodb":
        expect(observed.outcome.result).toEqual({ batchItemFailures: [{ itemIdentifier: "200" }] });
        break;
      case "firehose":
        expect(observed.outcome.result).toMatchObject({
          records: expect.arrayContaining([
            expect.objectContaining({ recordId: "r2", result: "ProcessingFailed" }),
          ]),
        });
        break;
      default:
        expectFailure(observed, 400, "json_too_deep", "json_too_deep");
        expect(observed.line).toMatchObject({ outcome: "refused" });
    }
  });
});
