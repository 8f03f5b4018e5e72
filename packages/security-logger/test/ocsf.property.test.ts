import middy from "@middy/core";
import { publishSecurityEvent } from "@middy-hardening/core";
import { invoke } from "@middy-hardening/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ocsf, securityLogger } from "../src/index.ts";
import { answering, printedBy } from "./chain.ts";
import { ocsfEvent } from "./ocsf-schema.ts";

const text = fc.string({ unit: "binary", maxLength: 400 });

/** Something like an address, and not quite. */
const address = fc.string({ unit: fc.constantFrom(..."0123456789abcdef:.[]"), maxLength: 45 });

describe("a line of OCSF", () => {
  it("is valid, whatever a request and those who publish and throw have to say", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          path: text,
          agent: text,
          method: text,
          sourceIp: fc.oneof(text, fc.ipV4(), fc.ipV6(), address),
          name: text,
        }),
        fc.array(fc.anything(), { maxLength: 20 }),
        fc.anything({ withNullPrototype: true, withBigInt: true }),
        async ({ path, agent, method, sourceIp, name }, params, thrown) => {
          const handler = middy()
            .use(answering())
            .use(securityLogger({ format: ocsf, metrics: false }))
            .before((request) =>
              publishSecurityEvent(request, { name: name as "sys_crash", params }),
            )
            .handler(async () => {
              throw thrown;
            });
          const event = {
            version: "2.0",
            rawPath: path,
            headers: {},
            requestContext: { http: { method, sourceIp, userAgent: agent } },
          };

          const { lines } = await printedBy(() => invoke(handler, event));

          expect(lines).toHaveLength(2);
          for (const line of lines) {
            expect(ocsfEvent.safeParse(JSON.parse(line)).error?.issues, line).toBeUndefined();
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
