import { HTTP_KINDS, type HttpRequest } from "@middy-hardening/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { SecurityHeadersOptions } from "../src/index.ts";
import { send } from "./api.ts";

const app = "https://app.example.com";

const anyCase = (names: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...names), fc.boolean())
    .map(([name, upper]) => (upper ? name.toUpperCase() : name));

const headerName = fc.oneof(
  anyCase([
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Cache-Control",
    "Server",
    "Set-Cookie",
    "Vary",
    "X-Frame-Options",
    "X-Powered-By",
  ]),
  fc.string(),
  fc.constantFrom("x\r\ny", "__proto__", "constructor", "toString"),
);

const headerText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("*", "true", "a\r\nb", "https://evil.example", "null", app),
);

const headerValue = fc.oneof(headerText, fc.jsonValue(), fc.constant(Number.NaN));

const response = fc.oneof(
  fc.record(
    {
      statusCode: fc.constantFrom<unknown>(200, "200", 204, 404),
      headers: fc.oneof(fc.dictionary(headerName, headerValue), fc.jsonValue()),
      multiValueHeaders: fc.oneof(
        fc.dictionary(headerName, fc.oneof(fc.array(headerValue), headerValue)),
        fc.jsonValue(),
      ),
      cookies: fc.oneof(fc.array(headerValue), fc.jsonValue()),
      body: fc.string(),
    },
    { requiredKeys: ["statusCode"] },
  ),
  fc.jsonValue(),
);

const origin = fc.oneof(
  fc.constantFrom(app, "https://evil.example", "null", "", "*", "https://api.example.com"),
  fc.string(),
  fc.webUrl(),
);

const request: fc.Arbitrary<HttpRequest> = fc.record({
  method: fc.constantFrom("GET", "OPTIONS", "POST", "options"),
  headers: fc.record(
    {
      Origin: fc.oneof(origin, fc.array(origin, { maxLength: 3 })),
      "Access-Control-Request-Method": fc.oneof(fc.constantFrom("GET", "POST", "*"), fc.string()),
      "Access-Control-Request-Headers": fc.oneof(fc.constant("content-type"), fc.string()),
      "Sec-Fetch-Site": fc.constantFrom("same-origin", "cross-site"),
      "X-Forwarded-Proto": fc.constantFrom("http", "https", "x"),
    },
    { requiredKeys: [] },
  ),
});

const options: fc.Arbitrary<SecurityHeadersOptions> = fc.constantFrom<SecurityHeadersOptions>(
  {},
  { cors: { origins: [app], credentials: true } },
  { cors: { origins: [app], rejectForeignOrigins: false } },
  { cors: { origins: (text) => text === app, credentials: true } },
  { cors: { origins: "*" } },
);

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

it("never throws, never lets an invalid header out, and never grants an origin that is not allowed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...HTTP_KINDS),
      options,
      request,
      response,
      async (kind, given, asked, returned) => {
        const { answer, status, body, header, wasHandled } = await send(
          given,
          asked,
          returned,
          kind,
        );

        if (!wasHandled) {
          expect([204, 403]).toContain(status);
          expect(body).toMatch(/^$|"(origin|cors_method|cors_header)_not_allowed"/);
        }
        expect(body).not.toBe('{"code":"internal"}'); // What an error that is not public becomes.
        for (const [name, value] of answer.headers) {
          expect(name).toMatch(TOKEN);
          expect(value).not.toMatch(/[^\P{Cc}\t]/u);
        }
        if (given.cors === undefined) return;
        const granted = header("access-control-allow-origin");
        const isPublic = given.cors.origins === "*";
        expect(isPublic ? ["*", undefined] : [app, undefined]).toContain(granted);
        if (isPublic) expect(header("access-control-allow-credentials")).toBeUndefined();
        if (granted === app) {
          expect([asked.headers?.Origin].flat()).toEqual([app]);
          expect(header("vary")).toMatch(/(^|, *)(origin|\*)(,|$)/i);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
