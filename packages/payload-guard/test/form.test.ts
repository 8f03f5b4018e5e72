import { gzipSync } from "node:zlib";
import { HTTP_KINDS } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import type { PayloadGuardOptions } from "../src/index.ts";
import { post } from "./support.ts";

const FORM = "application/x-www-form-urlencoded";
const TYPE = { "content-type": FORM };

describe.each(HTTP_KINDS)("a form body behind %s", (kind) => {
  const postForm = (form: string | Uint8Array, options: PayloadGuardOptions = {}) =>
    post(form, { contentTypes: [FORM], ...options }, TYPE, kind);

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

  it.each(["b=5678", "bcde=6789", "bcde", "=bcde", "a=b&bcde=f=h"])(
    "passes with names and values as long as maxStringLength: %s",
    async (form) => {
      expect((await postForm(form, { maxStringLength: 4 })).status).toBe(200);
    },
  );

  it.each(["b=56789", "bcdef=6", "bcdef", "a=1&b=56789&c", "bcdef&g=1", "b=5=789", "b=%41%42"])(
    "is refused with a name or value longer than maxStringLength: %s",
    async (form) => {
      const refused = await postForm(form, { maxStringLength: 4 });
      expect(refused).toMatchObject({
        status: 400,
        code: "form_value_too_long",
        detail: "The request has more than 4 characters in a name or value of a form.",
        events: ["input_validation_fail: body, max_string_length"],
      });
    },
  );

  it("is measured in base64 too, as an HTTP API sends it", async () => {
    const bytes = Buffer.from("a&".repeat(20_000));
    expect((await postForm(bytes)).code).toBe("form_too_many_fields");
    expect((await postForm(Buffer.from([0x61, 0xff]))).code).toBe("invalid_encoding");
  });

  it("is not bounded where the limits are Infinity", async () => {
    const none = { maxKeys: Number.POSITIVE_INFINITY, maxStringLength: Number.POSITIVE_INFINITY };
    expect((await postForm(`${"a&".repeat(20_000)}${"b".repeat(100_000)}`, none)).status).toBe(200);
  });

  it("is measured after its content coding is undone", async () => {
    const bytes = gzipSync("a&".repeat(20_000));
    const options = { contentTypes: [FORM], decompress: true };
    const headers = { "content-type": FORM, "content-encoding": "gzip" };
    expect((await post(bytes, options, headers, kind)).code).toBe("form_too_many_fields");
  });

  it("cannot hide behind a second content type that the reader of the first does not see", async () => {
    const form = "a&".repeat(20_000);
    for (const type of [`${FORM};, text/plain`, `text/plain, ${FORM.toUpperCase()}`]) {
      const answer = await post(form, { contentTypes: "any" }, { "content-type": type }, kind);
      expect(answer.code, type).toBe("form_too_many_fields");
    }
  });

  it("is not what a body of another type is taken for", async () => {
    const text = `${"a&".repeat(20_000)}${"b".repeat(100_000)}`;
    for (const type of ["text/plain", `multipart/related; type="${FORM}"`, `${FORM}+x`]) {
      const answer = await post(text, { contentTypes: "any" }, { "content-type": type }, kind);
      expect(answer.status, type).toBe(200);
    }
  });

  it("is scanned as JSON too if it begins like it", async () => {
    expect((await postForm("[".repeat(33))).code).toBe("json_too_deep");
    expect((await postForm(Buffer.from("[".repeat(33)))).code).toBe("json_too_deep");
  });
});
