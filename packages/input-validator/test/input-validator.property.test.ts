import middy from "@middy/core";
import { isPublicError } from "@middy-hardening/core";
import { HTTP_KINDS, httpEvent, invoke } from "@middy-hardening/testing";
import { type } from "arktype";
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type InputValidatorOptions, inputValidator } from "../src/index.ts";
import { maySpellForbidden } from "../src/keys.ts";

/** Sends an event; tells what was thrown in front of the handler, if anything. */
async function thrownBy(options: InputValidatorOptions, event: unknown): Promise<unknown> {
  let thrown: unknown;
  const handler = middy()
    .use({
      onError: (request) => {
        thrown = request.error;
        request.response = { statusCode: 500 };
      },
    })
    .use(inputValidator(options))
    .handler(async () => ({ statusCode: 200 }));
  await invoke(handler, event);
  return thrown;
}

const strict: Readonly<Record<string, unknown>> = {
  zod: z.strictObject({ a: z.string(), b: z.array(z.int()).optional() }),
  valibot: v.strictObject({ a: v.string(), b: v.optional(v.array(v.number())) }),
  arktype: type({ "+": "reject", a: "string", "b?": "number[]" }),
};

const json = fc.json({ maxDepth: 4, stringUnit: "binary" });
const names = fc.constantFrom("__proto__", "constructor", "prototype", "a", "b", "~/");
const hostileJson = fc
  .letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, 1, "__proto__", "x"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc
        .array(fc.tuple(names, tie("value")), { maxLength: 4 })
        .map((entries) => ({ entries, isObject: true })),
    ),
  }))
  .value.map(write);

/** JSON text that may have any name, also twice. */
function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const { entries } = value as { entries: [string, unknown][] };
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${write(one)}`).join()}}`;
}

describe.each(Object.entries(strict))("in front of a schema of %s", (_library, schema) => {
  const options = {
    body: schema,
    query: schema,
    path: schema,
    headers: schema,
    duplicateKeys: "reject",
  } as InputValidatorOptions;

  it("no body, query or header makes it throw anything but its own refusal", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...HTTP_KINDS),
        fc.oneof(json, hostileJson, fc.string({ unit: "binary" })),
        fc.string({ unit: "binary" }),
        fc.constantFrom("application/json", "text/plain", "application/x+json; charset=utf-8"),
        fc.boolean(),
        async (kind, body, query, contentType, isBase64Encoded) => {
          const event = httpEvent(kind, {
            method: "POST",
            path: `/?${query}`,
            headers: { "content-type": contentType },
            body,
          });
          const thrown = await thrownBy(options, { ...event, isBase64Encoded });
          expect(isPublicError(thrown)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("no value in place of an event's parts makes it throw anything but its own refusal", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...HTTP_KINDS),
        fc.record({
          body: fc.jsonValue(),
          headers: fc.jsonValue(),
          multiValueHeaders: fc.jsonValue(),
          pathParameters: fc.jsonValue(),
          rawQueryString: fc.jsonValue(),
          queryStringParameters: fc.jsonValue(),
          multiValueQueryStringParameters: fc.jsonValue(),
        }),
        async (kind, parts) => {
          const thrown = await thrownBy(options, { ...httpEvent(kind), ...parts });
          expect(isPublicError(thrown)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("forbidden and repeated names", () => {
  const hasForbidden = (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    (Object.hasOwn(value, "__proto__") ||
      Object.entries(value).some(
        ([name, child]) =>
          hasForbidden(child) ||
          (name === "constructor" &&
            typeof child === "object" &&
            child !== null &&
            Object.hasOwn(child, "prototype")),
      ));

  it("are found exactly where a parse by hand finds them, also when names are escaped", async () => {
    await fc.assert(
      fc.asyncProperty(hostileJson, fc.boolean(), async (text, isEscaped) => {
        const body = isEscaped ? text.replaceAll("o", "\\u006f") : text;
        const event = httpEvent("api-gateway-http", { body });
        const thrown = await thrownBy({ body: z.any() }, event);
        const isForbidden = hasForbidden(JSON.parse(text));
        expect(thrown === undefined).toBe(!isForbidden);
        if (isForbidden) expect(maySpellForbidden(body)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("a document that JSON.stringify wrote has no name twice", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: "binary" }), async (value) => {
        const body = JSON.stringify(value, null, 1);
        const event = httpEvent("api-gateway-http", { body });
        const options = { body: z.any(), duplicateKeys: "reject" } as const;
        const thrown = await thrownBy(options, event);
        expect(thrown === undefined || (thrown as { code: string }).code === "forbidden_name").toBe(
          true,
        );
      }),
      { numRuns: 300 },
    );
  });
});
