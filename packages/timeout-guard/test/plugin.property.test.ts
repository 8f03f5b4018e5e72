import middy, { type Request } from "@middy/core";
import { httpEvent, invoke, lambdaContext } from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { hang, useFakeTime } from "./support.ts";

/** What a hook or a handler does: nothing, or something after so many milliseconds, or it never ends. */
const behaviour = fc.oneof(
  { weight: 4, arbitrary: fc.constant("nothing" as const) },
  { weight: 1, arbitrary: fc.constantFrom("hangs", "throws", "answers" as const) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4_000 }) },
);
const middleware = fc.record({ before: behaviour, after: behaviour, onError: behaviour });

it("answers every request once and in time, whatever hangs, and runs nothing after the answer", async () => {
  useFakeTime();
  await fc.assert(
    fc.asyncProperty(
      fc.array(middleware, { minLength: 1, maxLength: 4 }),
      behaviour,
      fc.boolean(),
      fc.constantFrom<unknown>({}, httpEvent("api-gateway-http")),
      async (chain, work, readsSignal, event) => {
        let isAnswered = false;
        let late = 0;
        const act = (what: string | number) => (): unknown => {
          if (isAnswered) late += 1;
          if (what === "hangs") return hang();
          if (what === "throws") throw new Error("failed");
          if (what === "answers") return { statusCode: 200 };
          return typeof what === "number"
            ? new Promise<void>((resolve) => setTimeout(resolve, what))
            : undefined;
        };
        const deadline = timeoutGuard();
        const handler = middy(
          (_event: unknown, _context: unknown, { signal }: { signal: AbortSignal }) => {
            if (readsSignal) signal.addEventListener("abort", () => {});
            return act(work)() ?? { statusCode: 201 };
          },
          deadline.plugin,
        ).use(deadline);
        for (const { before, after, onError } of chain) {
          handler.use({ before: act(before), after: act(after), onError: act(onError) });
        }
        handler.use({
          onError(request: Request) {
            request.response = undefined;
          },
        });
        const invocation = invoke(handler, event, lambdaContext()).then((outcome) => {
          isAnswered = true;
          return outcome;
        });
        await vi.advanceTimersByTimeAsync(2_999);
        expect(isAnswered).toBe(true);
        await vi.advanceTimersByTimeAsync(20_000);
        await invocation;
        expect(late).toBe(0);
        expect(vi.getTimerCount()).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});
