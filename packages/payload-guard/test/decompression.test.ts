/** Bodies with a `Content-Encoding`. */
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import middy from "@middy/core";
import { HTTP_KINDS, type HttpRequest, httpEvent, lambdaContext } from "@middy-hardening/testing";
import { describe, expect, it, vi } from "vitest";
import { type PayloadGuardOptions, payloadGuard } from "../src/index.ts";
import { type Answer, accepted, post, refused, send, sendEvent } from "./support.ts";

const on = { decompress: true } as const;
const order = JSON.stringify({ name: "Žofie 日本 🎉", items: [1, 2, 3] });

const codings = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
} as const;
const names = Object.keys(codings) as (keyof typeof codings)[];

const encoded = (
  coding: string | string[],
  body: Uint8Array | string,
  options: PayloadGuardOptions = on,
  headers: HttpRequest["headers"] = {},
): Promise<Answer> => post(body, options, { "Content-Encoding": coding, ...headers });

const unsupported = refused(
  415,
  "unsupported_content_encoding",
  "input_validation_discrete_fail: content_encoding",
);
const malformed = refused(
  400,
  "malformed_content_encoding",
  "input_validation_fail: body, content_encoding",
);
const bomb = refused(413, "body_too_large", "input_validation_fail: body, max_bytes, decompressed");

describe("a compressed body by default", () => {
  it.each(HTTP_KINDS)("is refused, and the client told to send it plain, with %s", async (kind) => {
    const headers = { "Content-Encoding": "gzip" };
    const request = { method: "POST", headers, body: gzipSync(order) };
    expect(await send({}, request, kind)).toMatchObject({
      ...unsupported,
      headers: { "accept-encoding": "identity" },
    });
  });

  it("is refused whatever the coding is called", async () => {
    for (const coding of ["GZIP", "compress", "identity, gzip", "nonsense", "x"]) {
      expect(await encoded(coding, order, {})).toMatchObject(unsupported);
    }
  });

  it("passes when it is not compressed after all", async () => {
    for (const coding of ["identity", "Identity", "", "identity, identity"]) {
      expect(await encoded(coding, order, {})).toMatchObject(accepted);
    }
    expect(await send({}, { headers: { "Content-Encoding": "gzip" } })).toMatchObject(accepted);
  });
});

describe("a compressed body with `decompress`", () => {
  it.each(names)("reaches the handler as text: %s", async (name) => {
    const { event, ...answer } = await encoded(name, codings[name](order), on, {
      "Content-Length": "99",
    });
    expect(answer).toMatchObject(accepted);
    expect(event).toMatchObject({ body: order, isBase64Encoded: false });
    expect(event?.headers).toHaveProperty("content-type", "application/json");
    expect(event?.headers).not.toHaveProperty("content-encoding");
    expect(event?.headers).not.toHaveProperty("content-length");
  });

  it.each(HTTP_KINDS)(
    "loses the headers that described it, in every form, with %s",
    async (kind) => {
      const headers = { "CONTENT-ENCODING": "x-gzip", "Content-length": "99", "X-A": ["1", "2"] };
      const request = { method: "POST", path: "/orders?a=1", headers, body: gzipSync(order) };
      const { event } = await send(on, request, kind);
      const plain = { ...request, headers: { "X-A": ["1", "2"] }, body: order };
      const { requestContext, ...expected } = httpEvent(kind, plain);
      expect(event).toMatchObject(JSON.parse(JSON.stringify(expected)));
      expect(JSON.stringify(event)).not.toMatch(/content-(?:encoding|length)/i);
    },
  );

  it("stays base64 when it is not text", async () => {
    const image = Buffer.from([0x89, 0xff, 0x00, 0x01]);
    const options = { ...on, contentTypes: ["image/png"] };
    const { event } = await encoded("gzip", gzipSync(image), options, {
      "Content-Type": "image/png",
    });
    expect(event).toMatchObject({ body: image.toString("base64"), isBase64Encoded: true });
  });

  it("must be UTF-8 when it is JSON", async () => {
    expect(await encoded("gzip", gzipSync(Buffer.from([0x22, 0xff, 0x22])))).toMatchObject(
      refused(400, "invalid_encoding", "input_validation_fail: body, encoding"),
    );
  });

  it("has its structure checked", async () => {
    expect(await encoded("br", brotliCompressSync("[".repeat(1000)))).toMatchObject({
      code: "json_too_deep",
    });
  });

  it("is undone in the reverse order of its codings, up to three", async () => {
    const twice = brotliCompressSync(gzipSync(order));
    const thrice = zstdCompressSync(twice);
    for (const answer of [
      await encoded("gzip, br", twice),
      await encoded(" GZIP ,identity,, Br", twice),
      await encoded("gzip, br, zstd", thrice),
    ]) {
      expect(answer).toMatchObject(accepted);
      expect(answer.event).toHaveProperty("body", order);
    }
    expect(await encoded("br, gzip", twice)).toMatchObject(malformed);
    expect(await encoded("gzip, br, zstd, gzip", gzipSync(thrice))).toMatchObject(unsupported);
  });

  it("is understood from headers that are repeated", async () => {
    const headers = { "Content-Encoding": ["gzip", "br"] };
    const body = brotliCompressSync(gzipSync(order));
    for (const kind of ["api-gateway-rest", "alb-multi-value"] as const) {
      expect(await post(body, on, headers, kind)).toMatchObject(accepted);
    }
  });

  it("is refused when its coding is unknown, and the client told the known ones", async () => {
    for (const coding of ["compress", "gzip, compress", "nonsense", "__proto__"]) {
      expect(await encoded(coding, gzipSync(order))).toMatchObject({
        ...unsupported,
        headers: { "accept-encoding": "gzip, deflate, br, zstd" },
      });
    }
  });

  it("does without zstd where Node has none", async () => {
    const zlib = process.getBuiltinModule("node:zlib");
    using spy = vi.spyOn(process, "getBuiltinModule");
    spy.mockReturnValue({ ...zlib, zstdDecompressSync: undefined } as never);
    expect(await encoded("zstd", zstdCompressSync(order))).toMatchObject({
      ...unsupported,
      headers: { "accept-encoding": "gzip, deflate, br" },
    });
  });
});

describe("a body that is not what its coding says", () => {
  it.each(names)("is refused when it is cut short or damaged: %s", async (name) => {
    const whole = codings[name](order);
    const damaged = Buffer.from(whole);
    damaged.fill(0xaa, 2, 12);
    for (const body of [damaged, Buffer.from("no")]) {
      expect(await encoded(name, body)).toMatchObject(malformed);
    }
    for (let length = 1; length < whole.length; length++) {
      expect(await encoded(name, whole.subarray(0, length))).toMatchObject(malformed);
    }
  });

  it.each(["deflate", "br", "zstd"] as const)(
    "is refused when something follows that another reader might take for the body: %s",
    async (name) => {
      const twice = Buffer.concat([codings[name]("{}"), codings[name](order)]);
      expect(await encoded(name, twice)).toMatchObject(malformed);
    },
  );

  it("may be several members of gzip, which are one body (RFC 1952, section 2.2)", async () => {
    const members = Buffer.concat([gzipSync("[1,"), gzipSync("2]")]);
    expect((await encoded("gzip", members)).event).toHaveProperty("body", "[1,2]");
    const trailing = Buffer.concat([gzipSync("{}"), Buffer.alloc(8)]);
    expect(await encoded("gzip", trailing)).toMatchObject(malformed);
  });

  it("is refused when it is deflate without the zlib format around it", async () => {
    expect(await encoded("deflate", deflateRawSync(order))).toMatchObject(malformed);
  });

  it("is refused when the event has it as text", async () => {
    expect(await encoded("gzip", order)).toMatchObject(malformed);
  });

  it("is refused when it is not base64", async () => {
    const event = httpEvent("api-gateway-http", {
      method: "POST",
      headers: { "Content-Encoding": "gzip" },
      body: gzipSync(order),
    });
    expect(await sendEvent(on, { ...event, body: "&&&&" })).toMatchObject(
      refused(400, "invalid_base64", "input_validation_fail: body, encoding"),
    );
  });

  it("is refused when it asks for a window of more than 8 MB", async () => {
    // Magic number, a frame header that declares a window of 2^27 bytes, one empty last block.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00]);
    expect(await encoded("zstd", frame)).toMatchObject(malformed);
    frame[5] = 13 << 3; // 2^23
    expect(await encoded("zstd", frame)).toMatchObject(accepted);
  });
});

describe("a decompression bomb", () => {
  const zeros = Buffer.alloc(32 * 1_048_576);

  it.each(names)("is refused at the limit, not unpacked: %s", async (name) => {
    const body = codings[name](zeros);
    expect(body.length).toBeLessThan(40_000);
    expect(await encoded(name, body)).toMatchObject({
      ...bomb,
      detail: "The request has more than 1048576 bytes of body.",
    });
  });

  it("is refused in any of its layers", async () => {
    const inner = gzipSync(zeros);
    expect(await encoded("gzip, gzip", gzipSync(inner))).toMatchObject(bomb);
    const wide = gzipSync(brotliCompressSync(Buffer.concat([Buffer.alloc(2_000_000)])));
    expect(await encoded("br, gzip", wide)).toMatchObject(bomb);
    // The middle layer alone is too large; what is in it would have been small.
    const padded = gzipSync(Buffer.concat(new Array(100_000).fill(gzipSync(""))));
    expect(await encoded("gzip, gzip", padded)).toMatchObject(bomb);
  });

  it.each(names)("is one byte over the limit: %s", async (name) => {
    const text = `"${"a".repeat(998)}"`;
    expect(await encoded(name, codings[name](text), { ...on, maxBytes: 1000 })).toMatchObject(
      accepted,
    );
    expect(await encoded(name, codings[name](`${text} `), { ...on, maxBytes: 1000 })).toMatchObject(
      bomb,
    );
  });

  it("is bounded while it is still compressed", async () => {
    expect(await encoded("gzip", gzipSync(order), { ...on, maxBytes: 20 })).toMatchObject(
      refused(413, "body_too_large", "input_validation_fail: body, max_bytes"),
    );
  });

  it("may be as large as the options let it", async () => {
    const text = `"${" ".repeat(3_000_000)}"`;
    const options = { ...on, maxBytes: Infinity, maxStringLength: Infinity };
    expect(await encoded("gzip", gzipSync(text), options)).toMatchObject(accepted);
    const huge = { ...options, maxBytes: Number.MAX_SAFE_INTEGER };
    expect(await encoded("gzip", gzipSync(text), huge)).toMatchObject(accepted);
  });
});

it("leaves the event that was passed in as it was, frozen or not", async () => {
  const event = httpEvent("api-gateway-rest", {
    method: "POST",
    headers: { "Content-Encoding": "gzip" },
    body: gzipSync(order),
  });
  Object.freeze(event.headers);
  Object.freeze(Object.freeze(event).multiValueHeaders);
  const before = JSON.stringify(event);
  const bodies: unknown[] = [];
  const handler = middy()
    .use(payloadGuard(on))
    .handler(async (received: unknown) => void bodies.push((received as { body: string }).body));

  await handler(event, lambdaContext());
  await handler(event, lambdaContext());

  expect(bodies).toEqual([order, order]);
  expect(JSON.stringify(event)).toBe(before);
});
