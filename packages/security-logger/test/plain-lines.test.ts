import { Writable } from "node:stream";
import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import { invoke, lambdaContext } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { securityLogger } from "../src/index.ts";
import { answering, httpGet, ok, printedBy, refusing } from "./chain.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** The lines with a Logger of its own, and with one that the application made in the same way. */
async function bothWays() {
  const context = lambdaContext({ awsRequestId: "id-1" });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 5, 20, 30, 12, 345) });
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
        if ("duration_ms" in fields) fields.duration_ms = typeof fields.duration_ms;
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
    ["a time zone in the east", { TZ: "Asia/Kolkata" }],
    ["a time zone in the west", { TZ: "America/New_York" }],
    ["development", { POWERTOOLS_DEV: "true" }],
    ["a level", { POWERTOOLS_LOG_LEVEL: "ERROR" }],
    ["a level by its older name", { LOG_LEVEL: "ERROR" }],
    ["Lambda's level", { AWS_LAMBDA_LOG_LEVEL: "WARN", POWERTOOLS_LOG_LEVEL: "CRITICAL" }],
    ["a level that does not exist", { POWERTOOLS_LOG_LEVEL: "LOUD" }],
    ["sampling", { POWERTOOLS_LOG_LEVEL: "ERROR", POWERTOOLS_LOGGER_SAMPLE_RATE: "1" }],
    [
      "a sample rate that is none",
      { POWERTOOLS_LOG_LEVEL: "ERROR", POWERTOOLS_LOGGER_SAMPLE_RATE: "2" },
    ],
  ])("is what Powertools prints, with %s in the environment", async (_name, variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);

    const [plain, general] = await bothWays();

    expect(plain).toEqual(general);
    expect(plain?.[0]).toMatchObject({ event: "input_validation_fail:body" });
  });

  it("is not printed at the level SILENT", async () => {
    vi.stubEnv("POWERTOOLS_LOG_LEVEL", "SILENT");
    const handler = middy().use(answering()).use(securityLogger()).use(refusing()).handler(ok);

    expect((await printedBy(() => invoke(handler, httpGet))).lines).toEqual([]);
  });

  it("is not printed below Lambda's level, sampled or not", async () => {
    vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", "WARN");
    vi.stubEnv("POWERTOOLS_LOGGER_SAMPLE_RATE", "1");
    const handler = middy().use(securityLogger()).handler(ok);

    expect((await printedBy(() => invoke(handler, httpGet))).lines).toEqual([]);
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

describe("standard output that cannot be written to", () => {
  /** As a pipe whose reader has gone. */
  const broken = () =>
    new Writable({
      write(_chunk, _encoding, done) {
        done(new Error("write EPIPE"));
      },
    });

  it.each([
    ["fails", broken],
    ["has ended", () => broken().end()],
    ["is destroyed", () => broken().destroy()],
  ])("neither fails an invocation nor ends the process when it %s", async (_how, stream) => {
    const output = stream();
    vi.spyOn(process, "stdout", "get").mockReturnValue(output as typeof process.stdout);
    const handler = middy().use(securityLogger()).handler(ok);

    const answers = [await invoke(handler, httpGet), await invoke(handler, httpGet)];
    await new Promise((resolve) => setImmediate(resolve));

    expect(answers).toMatchObject([
      { result: { statusCode: 200 } },
      { result: { statusCode: 200 } },
    ]);
  });

  it("is told to an application that listens to it", async () => {
    const output = broken();
    const told: Error[] = [];
    output.on("error", (error) => told.push(error));
    vi.spyOn(process, "stdout", "get").mockReturnValue(output as unknown as typeof process.stdout);

    await invoke(middy().use(securityLogger()).handler(ok), httpGet);
    await new Promise((resolve) => setImmediate(resolve));

    expect(told).toMatchObject([{ message: "write EPIPE" }]);
  });
});
