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
    [
      { invocations: 1 },
      'option "invocations" must be true or false or "unserved", but got a number.',
    ],
    [
      { format: "ocsf" },
      /option "format" must be "owasp" or ocsf, which this package exports, but/,
    ],
    [{ principal: "sub" }, 'option "principal" must be a function, but got a string.'],
    [{ flood: true }, 'option "flood" must be an object, or false, but got a boolean.'],
    [
      { flood: { rate: 1 } },
      'flood: unknown option "rate". Known options: burst, windowMs, sampleRate.',
    ],
    [{ flood: { burst: -1 } }, /flood: option "burst" must be a whole number of lines, 0 or more/],
    [{ flood: { windowMs: 0 } }, /flood: option "windowMs" must be .* 1 or more, but got a number/],
    [{ flood: { sampleRate: 2 } }, /flood: option "sampleRate" must be a number from 0 to 1/],
    [{ sourceIp: "masked" }, /option "sourceIp" must be "full", "truncated", "none" or/],
    [{ sourceIp: { hashKey: "k".repeat(31) } }, /option "sourceIp" must be .* at least 32 bytes/],
    [{ sourceIp: null }, /option "sourceIp" must be .* but got null/],
  ] as const)("are checked when the factory is called: %j", (options, message) => {
    const expected =
      typeof message === "string"
        ? new TypeError(`@middy-hardening/security-logger: ${message}`)
        : message;
    expect(() => securityLogger(options as never)).toThrow(expected);
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
