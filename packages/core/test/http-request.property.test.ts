import fc from "fast-check";
import { expect, it } from "vitest";
import {
  base64ByteLength,
  bodyText,
  headerValues,
  isPublicError,
  mediaType,
} from "../src/index.ts";

const bytes = fc.uint8Array({ maxLength: 200 });

it("tells the length of any bytes in base64", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      expect(base64ByteLength(Buffer.from(value).toString("base64"))).toBe(value.length);
      expect(base64ByteLength(Buffer.from(value).toString("base64url"))).toBe(value.length);
    }),
  );
});

it("never tells less than what hostile text decodes to", () => {
  const hostile = fc.string({
    unit: fc.constantFrom("A", "z", "+", "/", "=", " ", "\n", "é", "-"),
  });
  fc.assert(
    fc.property(hostile, (text) => {
      expect(base64ByteLength(text)).toBeGreaterThanOrEqual(Buffer.from(text, "base64").length);
    }),
  );
});

it("reads a valid body as a naive decoder does", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", minLength: 1 }),
      fc.boolean(),
      (text, isBase64Encoded) => {
        const body = isBase64Encoded ? Buffer.from(text).toString("base64") : text;
        expect(bodyText({ body, isBase64Encoded })).toBe(text.replace(/^\uFEFF/, ""));
      },
    ),
  );
});

it("reads any bytes or refuses them with its own error", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        bytes.map((value) => Buffer.from(value).toString("base64")),
      ),
      (body) => {
        try {
          const text = bodyText({ body, isBase64Encoded: true });
          expect(text === undefined || text.isWellFormed()).toBe(true);
        } catch (error) {
          expect(isPublicError(error)).toBe(true);
        }
      },
    ),
  );
});

it("reads headers of any JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (headers, multiValueHeaders) => {
      expect(headerValues({ headers, multiValueHeaders }, "a")).toBeInstanceOf(Array);
      expect(mediaType({ headers: { "content-type": headers } })).not.toMatch(/[;,A-Z]/);
    }),
  );
});
