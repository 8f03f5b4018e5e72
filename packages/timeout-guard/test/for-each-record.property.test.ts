import middy from "@middy/core";
import { captureSecurityEvents, invoke, lambdaContext } from "@middy-hardening/testing";
import { forEachRecord, timeoutGuard } from "@middy-hardening/timeout-guard";
import type { Context } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { fifoEvent, kinesisEvent, sqsEvent } from "./batches.ts";
import { useFakeTime } from "./support.ts";

interface Plan {
  readonly group: string;
  readonly durationMs: number;
  readonly fails: boolean;
  readonly heedsSignal: boolean;
}

const plans = fc.array(
  fc.record<Plan>({
    group: fc.constantFrom("a", "b", "c"),
    durationMs: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(1_500)),
    fails: fc.boolean(),
    heedsSignal: fc.boolean(),
  }),
  { minLength: 1, maxLength: 20 },
);

/** A batch with one record for each plan, and what its records are called in it and in the answer. */
const sources = {
  sqs: (all: readonly Plan[]) => sqsEvent(...all.map(({ group }) => group)),
  fifo: (all: readonly Plan[]) => fifoEvent(...all.map(({ group }) => group)),
  kinesis: (all: readonly Plan[]) => kinesisEvent(all.length),
};

const identify = (item: { messageId?: string; kinesis?: { sequenceNumber: string } }): string =>
  item.messageId ?? item.kinesis?.sequenceNumber ?? "";

async function run(plan: Plan, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    setTimeout(resolve, plan.durationMs);
    if (plan.heedsSignal) signal.addEventListener("abort", () => reject(signal.reason));
  });
  if (plan.fails) throw new Error("failed");
}

describe("forEachRecord, over batches, durations, failures and deadlines", () => {
  it("acknowledges nothing that was not done, and reports nothing that was", async () => {
    useFakeTime();
    await fc.assert(
      fc.asyncProperty(
        plans,
        fc.constantFrom(...(["sqs", "fifo", "kinesis"] as const)),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 20, max: 3_000 }),
        fc.constantFrom(...(["alone", "middleware", "plugin"] as const)),
        fc.option(fc.integer({ min: 1, max: 1_500 }), { nil: undefined }),
        async (all, source, parallel, timeoutMs, guard, recordTimeoutMs) => {
          const done = new Set<string>();
          const order: string[] = [];
          const work = async (event: { Records: object[] }, context: Context) => {
            const ids = event.Records.map(identify);
            const response = await forEachRecord(
              event,
              context,
              async (item, { signal }) => {
                const id = identify(item);
                const plan = all[ids.indexOf(id)] as Plan;
                order.push(id);
                await run(plan, signal);
                // What comes later than its own time has failed.
                if (plan.durationMs <= (recordTimeoutMs ?? Number.POSITIVE_INFINITY)) done.add(id);
              },
              { parallel, recordTimeoutMs },
            );
            return { ...response, done: [...done] };
          };
          const deadline = timeoutGuard({ reserveMs: 200 });
          const handler = {
            alone: work,
            middleware: middy(work).use(deadline),
            plugin: middy(work, deadline.plugin).use(deadline),
          }[guard];
          const event = sources[source](all);
          using captured = captureSecurityEvents();
          const context = lambdaContext({ timeoutMs });
          // A function whose timeout leaves nothing beside the reserve fails as a whole.
          const invocation = invoke(handler, event, context);
          await vi.advanceTimersByTimeAsync(timeoutMs - 1);
          let hasAnswered = false;
          void invocation.then(() => {
            hasAnswered = true;
          });
          await vi.advanceTimersByTimeAsync(0);
          expect(hasAnswered).toBe(true);
          const { result, error } = await invocation;
          await vi.advanceTimersByTimeAsync(5_000);
          if (timeoutMs <= 200 && guard !== "alone") {
            expect(error).toBeDefined();
            return;
          }
          const { batchItemFailures, done: doneInTime } = result as {
            batchItemFailures: { itemIdentifier: string }[];
            done: string[];
          };
          const ids = (event.Records as object[]).map(identify);
          const reported = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
          const first = ids.indexOf(reported[0] ?? "");
          const isStream = source === "kinesis" && first !== -1;
          const again = isStream ? ids.slice(first) : reported;
          const acknowledged = ids.filter((id) => !again.includes(id));
          expect(acknowledged.filter((id) => !doneInTime.includes(id))).toEqual([]);
          expect(again.filter((id) => doneInTime.includes(id))).toEqual([]);
          expect(new Set(order).size).toBe(order.length);
          if (source === "kinesis") expect(order).toEqual(ids.slice(0, order.length));
          const names = captured.events.map(({ name }) => name);
          expect(names.filter((name) => name === "deadline_exceeded").length).toBeLessThan(2);
        },
      ),
      { numRuns: 300 },
    );
  });
});
