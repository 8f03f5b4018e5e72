import { captureOutput } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import { createSecureLogger } from "../src/secure-logger.ts";

describe("a secure Logger", () => {
  it("keeps its own fields and shows what wanted their place elsewhere", () => {
    using output = captureOutput();
    const logger = createSecureLogger({ logger: { serviceName: "orders" } });

    logger.info("hello", { password: "hunter2", cold_start: "no", _aws: {} });

    expect(output.records).toMatchObject([
      { message: "hello", password: "[redacted]", attributes: { cold_start: "no", _aws: {} } },
    ]);
  });
});
