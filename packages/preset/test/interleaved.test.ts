/** Many invocations in one process at the same time, as on Lambda Managed Instances. */
import middy from "@middy/core";
import { publishSecurityEvent } from "@middy-hardening/core";
import {
  captureOutput,
  captureSecurityEvents,
  httpAnswer,
  httpEvent,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { harden } from "../src/index.ts";

const COUNT = 1_000;
/** Timeouts of those that run out of time, and of all others, also on a busy machine. */
const SHORT_MS = 500;
const LONG_MS = 120_000;

/** What each invocation comes to, by its number. */
const KINDS = ["served", "refused", "failed", "timed_out", "forbidden"] as const;

/** A word that belongs to one invocation and is part of no other's. */
const markOf = (number: number): string => `mark-${String(number).padStart(4, "0")}-`;

test("of 1,000 interleaved invocations, none sees a value of another", async () => {
  const deadline = timeoutGuard({ reserveMs: 100 });
  const handler = middy(deadline.plugin)
    .use(
      harden({
        timeoutGuard: deadline,
        securityLogger: { flood: false, principal: ({ event }) => principalOf(event) },
        body: z.strictObject({ mark: z.string(), kind: z.enum(KINDS) }),
      }),
    )
    .handler(async (event, context) => {
      const { mark, kind } = event.body;
      const { signal } = context.deadline;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
      if (kind === "forbidden") {
        publishSecurityEvent({ event, context }, { name: "authz_fail", params: [mark, "order"] });
      }
      if (kind === "failed") throw new Error(`internal ${mark}`);
      if (kind === "timed_out") {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await new Promise(() => {});
      }
      return { statusCode: 200, headers: { "x-mark": mark }, body: JSON.stringify({ mark }) };
    });

  using output = captureOutput();
  using security = captureSecurityEvents();
  const answers = await Promise.all(
    Array.from({ length: COUNT }, async (_, number) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
      const mark = markOf(number);
      const kind = KINDS[number % KINDS.length];
      const event = httpEvent("api-gateway-http", {
        method: "POST",
        path: `/orders/${mark}`,
        headers: { "x-caller": mark },
        body: kind === "refused" ? { mark, kind, isAdmin: true } : { mark, kind },
      });
      const timeoutMs = kind === "timed_out" ? SHORT_MS : LONG_MS;
      const context = lambdaContext({ awsRequestId: `request-${mark}`, timeoutMs });
      return httpAnswer("api-gateway-http", await invoke(handler, event, context));
    }),
  );

  const statuses = { served: 200, refused: 422, failed: 500, timed_out: 503, forbidden: 200 };
  for (const [number, answer] of answers.entries()) {
    const kind = KINDS[number % KINDS.length] as (typeof KINDS)[number];
    expect(answer.status).toBe(statuses[kind]);
    const text = JSON.stringify([...answer.headers]) + answer.body.toString();
    expect(marksIn(text).filter((mark) => mark !== markOf(number))).toEqual([]);
  }

  const lines = output.records.filter(({ level }) => level !== undefined);
  for (const line of lines) expect(new Set(marksIn(JSON.stringify(line))).size).toBe(1);
  const invocations = lines.filter(({ message }) => message === "Invocation");
  expect(new Set(invocations.map((line) => line.function_request_id)).size).toBe(COUNT);
  for (const line of invocations) {
    const [mark = ""] = marksIn(String(line.function_request_id));
    expect(line).toMatchObject({ principal: mark, request_uri: `/orders/${mark}` });
    const kind = KINDS[Number(mark.slice(5, 9)) % KINDS.length];
    expect(line.outcome).toBe(kind === "forbidden" ? "served" : kind);
  }
  for (const event of security.events) {
    const marks = new Set(marksIn(JSON.stringify(event)));
    expect(marks.size).toBe(1);
  }
  const perKind = COUNT / KINDS.length;
  for (const name of ["authz_fail", "sys_crash", "deadline_exceeded", "malicious_extraneous"]) {
    expect(security.events.filter((event) => event.name === name)).toHaveLength(perKind);
    const counted = output.records.reduce((sum, record) => sum + Number(record[name] ?? 0), 0);
    expect(counted).toBe(perKind);
  }
});

const marksIn = (text: string): string[] => text.match(/mark-\d{4}-/g) ?? [];

function principalOf(event: unknown): string | undefined {
  return (event as { headers: Record<string, string | undefined> }).headers["x-caller"];
}
