import { HTTP_KINDS } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import type { PayloadGuardOptions } from "../src/index.ts";
import { post } from "./support.ts";

const TYPE = { "content-type": "application/x-www-form-urlencoded" };

describe.each(HTTP_KINDS)("a form body behind %s", (kind) => {
  const postForm = (form: string | Uint8Array, options: PayloadGuardOptions = {}) =>
    post(form, { contentTypes: ["application/x-www-form-urlencoded"], ...options }, TYPE, kind);

  it("passes when it is as long as an honest one", async () => {
    const { status, event } = await postForm("name=Ada&tea=green&tea=black");
    expect(status).toBe(200);
    expect(event).toMatchObject({ body: expect.stringContaining("name") });
  });

  it("is refused with more fields than maxKeys, before anything splits it", async () => {
    const refused = await postForm("a&".repeat(500_000));
    expect(refused).toMatchObject({
      status: 400,
      code: "form_too_many_fields",
      detail: "The request has more than 10000 fields in a form.",
      events: ["input_validation_fail: body, max_keys"],
    });
    expect(refused.event).toBeUndefined();
  });

  it("may have as many fields as maxKeys, empty ones included, and none more", async () => {
    expect((await postForm("a=1&&c=3", { maxKeys: 3 })).status).toBe(200);
    expect((await postForm("a=1&b=2&c=3&", { maxKeys: 3 })).code).toBe("form_too_many_fields");
  });

  it("is refused with a field longer than maxStringLength", async () => {
    expect((await postForm("a=1&b=4567", { maxStringLength: 6 })).status).toBe(200);
    const refused = await postForm("a=1&b=45678&c", { maxStringLength: 6 });
    expect(refused).toMatchObject({
      status: 400,
      code: "form_field_too_long",
      events: ["input_validation_fail: body, max_string_length"],
    });
  });

  it("is measured in base64 too, as an HTTP API sends it", async () => {
    const bytes = Buffer.from("a&".repeat(20_000));
    expect((await postForm(bytes)).code).toBe("form_too_many_fields");
    expect((await postForm(Buffer.from([0x61, 0xff]))).code).toBe("invalid_encoding");
  });

  it("is not bounded where the limits are Infinity", async () => {
    const none = { maxKeys: Number.POSITIVE_INFINITY, maxStringLength: Number.POSITIVE_INFINITY };
    expect((await postForm(`${"a&".repeat(20_000)}${"b".repeat(100_000)}`, none)).status).toBe(200);
  });
});
