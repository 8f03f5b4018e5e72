import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { describe, expect, it } from "vitest";
import byDefault, { securityLogger } from "../src/index.ts";

describe("the options of securityLogger", () => {
  it.each([
    [{ loger: 1 }, 'unknown option "loger". Did you mean "logger"?'],
    [{ logger: console }, 'option "logger" must be a Powertools Logger, but got an object.'],
    [{ logger: null }, 'option "logger" must be a Powertools Logger, but got null.'],
    [
      { metrics: true },
      'option "metrics" must be a Powertools Metrics, or false, but got a boolean.',
    ],
    [{ applicationId: "" }, 'option "applicationId" must be a non-empty string, but got a string.'],
    [{ invocations: 1 }, 'option "invocations" must be true or false, but got a number.'],
  ])("are checked when the factory is called: %j", (options, message) => {
    expect(() => securityLogger(options as never)).toThrow(
      new TypeError(`@middy-hardening/security-logger: ${message}`),
    );
  });

  it("may all be left out, or be what the application has", () => {
    const named = ["securityLoggerBefore", "securityLoggerAfter", "securityLoggerOnError"];
    for (const options of [
      undefined,
      { logger: new Logger(), metrics: new Metrics(), applicationId: "x", invocations: true },
      { metrics: false } as const,
    ]) {
      const { before, after, onError } = securityLogger(options);
      expect([before, after, onError].map((hook) => hook?.name)).toEqual(named);
    }
    expect(byDefault).toBe(securityLogger);
  });
});
