import { createHmac } from "node:crypto";
import middy from "@middy/core";
import { Secret } from "@middy-hardening/core";
import { httpEvent } from "@middy-hardening/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SourceIpForm, securityLogger } from "../src/index.ts";
import { safeTextBy } from "../src/safe-text.ts";
import { sourceIpWriter } from "../src/source-ip.ts";
import { answering, ok, printedByInvoking, refusing } from "./chain.ts";

const logged = async (sourceIp: SourceIpForm, ip = "203.0.113.7") => {
  const handler = middy()
    .use(answering())
    .use(securityLogger({ sourceIp }))
    .use(refusing())
    .handler(ok);
  const event = httpEvent("api-gateway-http", { sourceIp: ip });
  const { events, invocations, lines } = await printedByInvoking(handler, event);
  expect(events[0]?.source_ip).toBe(invocations[0]?.source_ip);
  if (sourceIp !== "full" && ip !== "") expect(lines.join()).not.toContain(ip);
  return events[0]?.source_ip;
};

describe("the source address on the lines", () => {
  it("is as it came by default", async () => {
    expect(await logged("full")).toBe("203.0.113.7");
  });

  it("is not there with `none`", async () => {
    expect(await logged("none")).toBeUndefined();
  });

  it.each([
    ["203.0.113.7", "203.0.113.0"],
    ["203.0.113.7:49152", "203.0.113.0"],
    ["::ffff:203.0.113.7", "203.0.113.0"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::"],
    ["2001:DB8:1::6", "2001:db8:1::"],
    ["[2001:db8:1:2::6]:49152", "2001:db8:1::"],
    ["::1", "0:0:0::"],
    ["2001:db8::", "2001:db8:0::"],
    ["test-invoke-source-ip", undefined],
    ["2001:db8:1", undefined],
    ["1:2:3:4:5:6:7:8::", undefined],
  ])("of %s is the network %s with `truncated`", async (ip, network) => {
    expect(await logged("truncated", ip)).toBe(network);
  });

  it("never holds more than the network, and never throws, whatever stands in a header", () => {
    const write = sourceIpWriter("truncated", safeTextBy());
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.string({ unit: "binary" })),
        (ip) => {
          expect(write(ip) ?? "").toMatch(/^$|^\d+\.\d+\.\d+\.0$|^[\da-f]+:[\da-f]+:[\da-f]+::$/);
        },
      ),
    );
  });

  it("is a keyed hash with a key, so that only its owner can try out all addresses", async () => {
    const hashKey = "a key of at least thirty-two bytes";
    const hash = createHmac("sha256", hashKey).update("203.0.113.7").digest("hex").slice(0, 32);

    expect(await logged({ hashKey })).toBe(`hmac:${hash}`);
    expect(await logged({ hashKey }, "203.0.113.7:49152")).toBe(`hmac:${hash}`);
    expect(await logged({ hashKey: new Secret("ip-key", hashKey) })).toBe(`hmac:${hash}`);
    expect(await logged({ hashKey: Buffer.from(hashKey) })).toBe(`hmac:${hash}`);
    expect(await logged({ hashKey }, "")).toBeUndefined();
    expect(await logged({ hashKey: "another key of thirty-two bytes or so" })).not.toBe(
      `hmac:${hash}`,
    );
  });
});
