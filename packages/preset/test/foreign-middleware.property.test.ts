import middy, { type Request } from "@middy/core";
import { captureOutput, httpEvent, invoke } from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import fc from "fast-check";
import { expect, test } from "vitest";
import { harden } from "../src/index.ts";

const INTERNAL = "connect ECONNREFUSED 10.0.0.7:5432";
const leak = () => ({ statusCode: 200, body: new Error(INTERNAL).stack });

/** What a hook of somebody else's does. */
const ACTS = {
  nothing: () => undefined,
  throws: () => {
    throw new Error(INTERNAL);
  },
  throwsText: () => {
    throw INTERNAL;
  },
  throwsNothing: () => {
    throw undefined;
  },
  returns: () => ({ statusCode: 200, body: "{}" }),
  returnsLeak: leak,
  returnsNull: () => null,
  returnsQuery: () => ({
    // biome-ignore lint/suspicious/noThenProperty: what query builders return.
    then: (resolve: (value: unknown) => void) => resolve(leak()),
  }),
  answers: (request: Request) => {
    request.response = leak();
  },
  answersEarly: (request: Request & { earlyResponse?: unknown }) => {
    request.earlyResponse = leak();
  },
} as const;

const hook = fc
  .record({
    act: fc.oneof(
      { weight: 3, arbitrary: fc.constant("nothing" as const) },
      { weight: 4, arbitrary: fc.constantFrom(...(Object.keys(ACTS) as (keyof typeof ACTS)[])) },
    ),
    isLate: fc.boolean(),
  })
  .map(({ act, isLate }) => {
    const run: (request: Request) => unknown = ACTS[act];
    return isLate ? async (request: Request) => run(request) : run;
  });

const chains = fc.array(fc.record({ before: hook, after: hook, onError: hook }), { maxLength: 4 });

test("no hook of somebody else's keeps an answer from being looked at, completed and logged once", async () => {
  const deadline = timeoutGuard();
  const answers = fc.constantFrom(
    "nothing",
    "throws",
    "returns",
    "returnsLeak",
    "returnsQuery" as const,
  );
  await fc.assert(
    fc.asyncProperty(chains, answers, async (chain, act) => {
      const handler = middy(async () => ACTS[act](), deadline.plugin)
        .use(harden({ timeoutGuard: deadline, securityLogger: { flood: false } }))
        .use(chain);
      using output = captureOutput();
      const { result, error, payload } = await invoke(handler, httpEvent("api-gateway-http"));
      expect(error).toBeUndefined();
      expect(payload).not.toContain("10.0.0.7");
      expect(result).toMatchObject({
        statusCode: expect.any(Number),
        headers: { "x-content-type-options": "nosniff" },
      });
      const lines = output.records.filter(({ message }) => message === "Invocation");
      expect(lines).toEqual([
        expect.objectContaining({ status: (result as { statusCode: number }).statusCode }),
      ]);
    }),
    { numRuns: 300 },
  );
});
