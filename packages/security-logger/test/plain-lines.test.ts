import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import { invoke, lambdaContext } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { securityLogger } from "../src/index.ts";
import { answering, httpGet, ok, printedBy, refusing } from "./chain.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** The lines with a Logger of its own, and with one that the application made in the same way. */
async function bothWays() {
  const context = lambdaContext({ awsRequestId: "id-1" });
  const printed = [];
  for (const logger of [undefined, new Logger()]) {
    const handler = middy()
      .use(answering())
      .use(securityLogger({ logger, metrics: false }))
      .use(refusing())
      .handler(ok);
    const { lines } = await printedBy(() => invoke(handler, httpGet, context));
    // In development, Powertools spreads a record over several lines.
    const records = lines.join("\n").split(/\n(?=\{)/);
    printed.push(
      records.map((record) => {
        const fields = JSON.parse(record);
        for (const name of ["timestamp", "datetime", "duration_ms"]) {
          if (name in fields) fields[name] = typeof fields[name];
        }
        return fields;
      }),
    );
  }
  return printed;
}

describe("the line of a Logger that nobody made", () => {
  it.each([
    ["nothing", {}],
    ["a service name", { POWERTOOLS_SERVICE_NAME: "orders" }],
    ["a trace", { _X_AMZN_TRACE_ID: "Root=1-68a1b2c3-0123456789ab;Parent=1;Sampled=1" }],
    ["a trace of its root alone", { _X_AMZN_TRACE_ID: "1-68a1b2c3-0123456789ab" }],
    ["Lambda's time zone", { TZ: ":UTC" }],
    ["another time zone", { TZ: "Asia/Tokyo" }],
    ["development", { POWERTOOLS_DEV: "true" }],
    ["a level", { POWERTOOLS_LOG_LEVEL: "ERROR" }],
  ])("is what Powertools prints, with %s in the environment", async (_name, variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);

    const [plain, general] = await bothWays();

    expect(plain).toEqual(general);
    expect(plain?.[0]).toMatchObject({ event: "input_validation_fail:body" });
  });

  it("has the trace of its own invocation where several run at the same time", async () => {
    const InvokeStore = {
      get: () => undefined,
      set: () => {},
      hasContext: () => true,
      getXRayTraceId: () => "Root=1-of-this-invocation;Sampled=0",
    };
    vi.stubGlobal("awslambda", { InvokeStore });

    const [plain, general] = await bothWays();

    expect(plain).toEqual(general);
    expect(plain?.[0]).toMatchObject({ xray_trace_id: "1-of-this-invocation" });
  });
});
