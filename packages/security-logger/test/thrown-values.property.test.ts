import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chain, printedByInvoking } from "./chain.ts";

const hostile = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });
const errorLike = fc.record(
  {
    name: hostile,
    message: hostile,
    stack: hostile,
    cause: hostile,
    statusCode: hostile,
    expose: hostile,
  },
  { requiredKeys: [] },
);

describe("the line of an invocation", () => {
  it("is printed exactly once and is JSON, whatever was thrown", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostile, errorLike), async (thrown) => {
        const handler = chain().handler(async () => {
          throw thrown;
        });
        const { invocations, lines } = await printedByInvoking(handler);
        expect(lines).toHaveLength(1);
        expect(invocations).toMatchObject([{ outcome: "failed", status: 500 }]);
      }),
      { numRuns: 200 },
    );
  });

  it("is printed exactly once and is JSON, whatever path, agent and method a request has", async () => {
    const text = fc.string({ unit: "binary", maxLength: 2000 });
    await fc.assert(
      fc.asyncProperty(text, text, text, async (rawPath, userAgent, method) => {
        const event = {
          version: "2.0",
          rawPath,
          headers: {},
          requestContext: { http: { method, userAgent } },
        };
        const { invocations, lines } = await printedByInvoking(
          chain().handler(async () => ({ statusCode: 200 })),
          event,
        );
        expect(lines).toHaveLength(1);
        expect(invocations).toMatchObject([{ outcome: "served", status: 200 }]);
      }),
      { numRuns: 100 },
    );
  });
});
