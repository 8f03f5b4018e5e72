import middy from "@middy/core";
import { captureSecurityEvents, invoke } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { inputValidator } from "../src/index.ts";

const message = (messageId: string, body: unknown, fields: object = {}) => ({
  messageId,
  body: typeof body === "string" ? body : JSON.stringify(body),
  attributes: {},
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders",
  ...fields,
});

describe("a queue's messages", () => {
  it("reach the handler as typed values; one that is not valid is reported and the others run", async () => {
    using captured = captureSecurityEvents();
    const handled: unknown[] = [];
    const handler = middy()
      .use(inputValidator({ eventSource: "sqs", record: z.object({ sku: z.string() }) }))
      .handler(async (event: { Records: { body: unknown }[] }) => {
        handled.push(...event.Records.map(({ body }) => body));
      });
    const { result } = await invoke(handler, {
      Records: [
        message("1", { sku: "A" }),
        message("2", { sku: 7 }),
        message("3", "{"),
        message("4", { sku: "B" }),
      ],
    });
    expect(handled).toEqual([{ sku: "A" }, { sku: "B" }]);
    expect(result).toEqual({
      batchItemFailures: [{ itemIdentifier: "2" }, { itemIdentifier: "3" }],
    });
    expect(
      captured.events.map(({ params, description }) => [params.join(" "), description]),
    ).toEqual([
      ["record 2 #/sku", "A record was refused (validation_failed, report)."],
      ["record 3", "A record was refused (malformed_json, report)."],
    ]);
  });
});
