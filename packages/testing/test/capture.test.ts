// biome-ignore-all lint/suspicious/noConsole: the console is what these tests capture.
import { Logger } from "@aws-lambda-powertools/logger";
import { publishSecurityEvent } from "@middy-hardening/core";
import { describe, expect, it, vi } from "vitest";
import { captureOutput, captureSecurityEvents, lambdaContext } from "../src/index.ts";

describe("captureOutput", () => {
  it("collects what the console and the streams print, in order", () => {
    using output = captureOutput();
    console.log("log %s", "x");
    console.error("error");
    console.warn("warn");
    console.info("info");
    console.debug("debug");
    console.dir({ dir: 1 });
    console.table([]);
    process.stdout.write("stdout\n");
    process.stderr.write(Buffer.from("stderr\n\n"));
    expect(output.lines.filter((line) => !/[┌├└│]/.test(line))).toEqual([
      "log x",
      "error",
      "warn",
      "info",
      "debug",
      "{ dir: 1 }",
      "stdout",
      "stderr",
    ]);
    expect(output.text).toMatch(/^log x\nerror\n/);
  });

  it("collects what Powertools Logger prints, parsed", () => {
    using output = captureOutput();
    const logger = new Logger({ serviceName: "orders" });
    logger.info("placed", { order: 1 });
    logger.error("failed", new Error("no"));
    console.log("{ not: 'JSON' }");
    console.log("[1]");
    expect(output.records).toMatchObject([
      { level: "INFO", message: "placed", service: "orders", order: 1 },
      { level: "ERROR", message: "failed", error: { message: "no" } },
    ]);
  });

  it("keeps characters whole that are written in pieces, and knows encodings", () => {
    using output = captureOutput();
    const [first, ...rest] = Buffer.from("ü");
    process.stdout.write(Buffer.from([first as number]));
    process.stdout.write(Buffer.from(rest));
    process.stdout.write("c3bc", "hex");
    expect(output.text).toBe("üü");
  });

  it("calls back whoever waits for a write", async () => {
    using output = captureOutput();
    await new Promise<void>((resolve) => process.stdout.write("a", () => resolve()));
    await new Promise<void>((resolve) => process.stdout.write("b", "utf8", () => resolve()));
    expect(output.text).toBe("ab");
  });

  it("prints nothing while it captures, and puts everything back", () => {
    const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const before = { ...console, write: process.stdout.write, writeError: process.stderr.write };
    const output = captureOutput();
    process.stdout.write("captured");
    output.stop();
    process.stdout.write("printed");
    expect({ ...console, write: process.stdout.write, writeError: process.stderr.write }).toEqual(
      before,
    );
    expect(written.mock.calls).toEqual([["printed"]]);
    expect(output.text).toBe("captured");
    written.mockRestore();
  });

  it.each([
    ["inner first", [1, 0]],
    ["outer first", [0, 1]],
    ["twice", [1, 1, 0, 0]],
  ])("can be nested and stopped in any order: %s", (_title, order) => {
    const before = [process.stdout.write, process.stderr.write, console.log];
    const captures = [captureOutput(), captureOutput()];
    process.stdout.write("for the inner one");
    for (const index of order) captures[index]?.stop();
    expect([process.stdout.write, process.stderr.write, console.log]).toEqual(before);
    expect(captures.map(({ text }) => text)).toEqual(["", "for the inner one"]);
  });

  it("survives a writer that keeps hold of the captured stream", () => {
    const output = captureOutput();
    const write = process.stdout.write.bind(process.stdout);
    output.stop();
    expect(write("late")).toBe(true);
    expect(output.text).toBe("");
  });

  it("gives the outer one what is printed after the inner one has stopped", () => {
    using outer = captureOutput();
    {
      using inner = captureOutput();
      console.log("inner");
      expect(inner.text).toBe("inner\n");
    }
    console.log("outer");
    expect(outer.text).toBe("outer\n");
  });
});

describe("captureSecurityEvents", () => {
  const publish = (): void =>
    publishSecurityEvent(
      { event: {}, context: lambdaContext({ awsRequestId: "7f6e" }) },
      { name: "authz_fail", params: ["user"] },
    );

  it("collects events until the end of the block", () => {
    let events: readonly unknown[];
    {
      using captured = captureSecurityEvents();
      publish();
      events = captured.events;
    }
    publish();
    expect(events).toMatchObject([
      { name: "authz_fail", params: ["user"], request: { requestId: "7f6e" } },
    ]);
  });

  it("can be nested, and stopped twice", () => {
    const outer = captureSecurityEvents();
    const inner = captureSecurityEvents();
    publish();
    outer.stop();
    outer.stop();
    publish();
    inner.stop();
    publish();
    expect([outer.events.length, inner.events.length]).toEqual([1, 2]);
  });
});
