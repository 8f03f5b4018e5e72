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

/** Names of the headers that no option above leaves out. */
const ALWAYS = ["cache-control", "content-security-policy", "x-content-type-options"];

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

type Sent = readonly [name: string, value: unknown][];

/** The headers in a function's result, before any gateway looked at them. */
function sentHeaders(result: unknown): Sent {
  const { headers, multiValueHeaders, cookies } = result as {
    headers?: Record<string, unknown>;
    multiValueHeaders?: Record<string, unknown[]>;
    cookies?: unknown[];
  };
  const several = Object.entries(multiValueHeaders ?? {});
  return [
    ...Object.entries(headers ?? {}),
    ...several.flatMap(([name, values]) => values.map((value) => [name, value] as const)),
    ...(cookies ?? []).map((cookie) => ["set-cookie", cookie] as const),
  ].map(([name, value]) => [name.toLowerCase(), value]);
}

const isResponse = (result: unknown): boolean =>
  typeof (result as { statusCode?: unknown } | null)?.statusCode === "number";

it("never throws, never lets an invalid header out, and never grants an origin that is not allowed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...HTTP_KINDS),
      options,
      request,
      response,
      async (kind, given, asked, returned) => {
        const { result, wasHandled } = await send(given, asked, returned, kind);

        const { statusCode, body } = (result ?? {}) as { statusCode?: number; body?: string };
        expect(body).not.toBe('{"code":"internal"}'); // What an error that is not public becomes.
        if (!wasHandled) {
          expect([204, 403]).toContain(statusCode);
          expect(body ?? "").toMatch(/^$|"(origin|cors_method|cors_header)_not_allowed"/);
        }
        if (!isResponse(result)) return;
        const sent = sentHeaders(result);
        for (const [name, value] of sent) {
          expect(name).toMatch(TOKEN);
          expect(["string", "number", "boolean"]).toContain(typeof value);
          expect(String(value)).not.toMatch(/[^\P{Cc}\t]|[^\0-\xff]/u);
        }
        expect(sent.map(([name]) => name)).toEqual(expect.arrayContaining(ALWAYS));
        if (given.cors === undefined) return;
        const valuesOf = (wanted: string): string | undefined =>
          sent.some(([name]) => name === wanted)
            ? sent.flatMap(([name, value]) => (name === wanted ? [value] : [])).join(", ")
            : undefined;
        const granted = valuesOf("access-control-allow-origin");
        if (given.cors.origins === "*") {
          expect(granted).toBe("*");
          expect(valuesOf("access-control-allow-credentials")).toBeUndefined();
          return;
        }
        expect([app, undefined]).toContain(granted);
        expect(valuesOf("vary")).toMatch(/(^|,)\s*(origin|\*)\s*(,|$)/i);
        const origins = [asked.headers?.Origin].flat();
        // An ALB without multi-value headers shows the function the last of several values alone.
        if (granted === app) expect(kind === "alb" ? origins.slice(-1) : origins).toEqual([app]);
      },
    ),
    { numRuns: 1_000 },
  );
});
