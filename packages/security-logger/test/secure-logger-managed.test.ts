import { Logger } from "@aws-lambda-powertools/logger";
import { captureOutput, lambdaContext } from "@middy-hardening/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSecureLogger } from "../src/secure-logger.ts";
import { managedInstances } from "./managed-instances.ts";

let inContext: Awaited<ReturnType<typeof managedInstances>>;

beforeEach(async () => {
  vi.stubEnv("AWS_LAMBDA_MAX_CONCURRENCY", "64");
  inContext = await managedInstances();
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe("on Lambda Managed Instances, outside of an invocation", () => {
  it("a secure Logger logs, keeps persistent keys and has children, where Powertools throws", () => {
    using output = captureOutput();
    const persistentKeys = { region: "eu-west-1" };
    expect(() => new Logger({ persistentKeys })).toThrow("No context available");
    expect(() => new Logger().info("text")).toThrow("No context available");
    expect(() => new Logger().createChild()).toThrow("No context available");

    const logger = createSecureLogger({ logger: { persistentKeys } });
    logger.appendPersistentKeys({ later: 1 });
    logger.info("init");
    const child = logger.createChild({ persistentKeys: { child: true } });
    child.info("init");
    expect(child.getCorrelationId()).toBeUndefined();
    inContext("id-1", "trace-1", () => {
      child.addContext(lambdaContext({ awsRequestId: "id-1" }));
      child.info("invocation");
    });

    expect(output.records).toMatchObject([
      { message: "init", region: "eu-west-1", later: 1 },
      { message: "init", region: "eu-west-1", later: 1, child: true },
      {
        message: "invocation",
        region: "eu-west-1",
        later: 1,
        child: true,
        function_request_id: "id-1",
        xray_trace_id: "trace-1",
      },
    ]);
  });

  it("says that it cannot keep what belongs to an invocation", () => {
    using output = captureOutput();
    const logger = createSecureLogger();

    logger.appendKeys({ account: "private" });
    logger.setCorrelationId("private");
    logger.addContext(lambdaContext({ awsRequestId: "private" }));

    expect(output.records.map(({ message }) => message)).toEqual([
      "Logger.appendKeys failed: what it was given has no effect.",
      "Logger.appendKeys failed: what it was given has no effect.",
      "Logger.addContext failed: what it was given has no effect.",
    ]);
    expect(output.text).not.toContain("private");
  });

  it("sets a level for all invocations, and in one for that alone", () => {
    using output = captureOutput();
    const logger = createSecureLogger();

    logger.setLogLevel("WARN");
    inContext("id-1", "trace-1", () => {
      logger.setLogLevel("DEBUG");
      logger.debug("first");
    });
    inContext("id-2", "trace-2", () => logger.info("second"));
    logger.info("none");

    expect(output.records).toMatchObject([{ message: "first" }]);
  });

  it("says that it cannot log where the runtime has no store", () => {
    vi.stubGlobal("awslambda", undefined);
    using output = captureOutput();

    createSecureLogger({ logger: { serviceName: "orders" } }).info("private");

    expect(output.records).toMatchObject([
      { message: "A log record could not be printed.", service: "orders", logger_failure: "Error" },
    ]);
    expect(output.text).not.toContain("private");
  });
});
