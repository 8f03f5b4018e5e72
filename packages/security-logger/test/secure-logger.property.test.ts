import { captureOutput, lambdaContext } from "@middy-hardening/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSecureLogger } from "../src/secure-logger.ts";

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
  key: fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("message", "level", "function_request_id", "__proto__", "toJSON", "_aws"),
  ),
});

const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"] as const;

describe("a secure Logger", () => {
  it("prints one line of visible characters with its own fields, whatever it is given", () => {
    const logger = createSecureLogger({ logger: { serviceName: "orders", logLevel: "TRACE" } });
    logger.addContext(lambdaContext({ awsRequestId: "id-1" }));

    fc.assert(
      fc.property(
        fc.constantFrom(...LEVELS),
        fc.array(anything, { minLength: 1, maxLength: 3 }),
        (level, args) => {
          using output = captureOutput();

          (logger[level] as (...args: unknown[]) => void)(...args);

          expect(output.text).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]+\n$/u);
          const record = JSON.parse(output.text);
          expect(record).toMatchObject({
            level: level.toUpperCase(),
            timestamp: expect.stringMatching(/^20\d\d-[\d:.T-]+Z$/),
            service: "orders",
            function_request_id: "id-1",
            function_name: "orders",
          });
          expect(record).not.toHaveProperty("_aws");
          expect(record).not.toHaveProperty("logger_failure");
        },
      ),
      { numRuns: 500 },
    );
  });

  it("keeps whatever keys it is given", () => {
    fc.assert(
      fc.property(anything, anything, (temporary, persistent) => {
        using output = captureOutput();
        const logger = createSecureLogger();

        logger.appendKeys(temporary as never);
        logger.appendPersistentKeys(persistent as never);
        logger.createChild().info("text");

        const record = output.records.findLast(({ message }) => message === "text");
        expect(record).toMatchObject({ level: "INFO", service: "service_undefined" });
        expect(output.text).not.toContain("logger_failure");
      }),
    );
  });
});
