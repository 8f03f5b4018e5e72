import { inspect } from "node:util";
import { isPublicError } from "@middy-hardening/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { secretsLoader } from "../src/index.ts";
import { revealing, run } from "./support.ts";

const forms = fc.constantFrom("binary" as const, "json" as const, "text" as const);

const raw = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.json(),
  fc.uint8Array(),
  fc.anything(),
  fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
);

const schemas = fc.constantFrom(
  undefined,
  z.string(),
  z.strictObject({ user: z.string() }),
  z.record(z.string(), z.number()),
  z.array(z.enum(["one", "two"])),
);

describe("whatever a provider answers", () => {
  it("the invocation has its secret, or is refused with secret_unavailable", async () => {
    await fc.assert(
      fc.asyncProperty(raw, forms, schemas, async (value, as, schema) => {
        const from = { title: "own source", fetch: async () => value };
        const outcome = await run(
          revealing(secretsLoader({ secrets: { it: { from, as, schema } } })),
        );
        if (!isPublicError(outcome)) expect(outcome).toHaveProperty("it");
        else expect(outcome).toMatchObject({ statusCode: 503, code: "secret_unavailable" });
      }),
    );
  });

  it("a refusal holds no part of it", async () => {
    const canaries = fc.stringMatching(/^[a-z0-9]{16}$/).map((text) => `~${text}~`);
    const documents = canaries.chain((canary) =>
      fc
        .constantFrom<unknown>(
          `{"${canary}`,
          JSON.stringify({ [canary]: canary }),
          JSON.stringify([canary]),
          JSON.stringify({ user: { [canary]: canary } }),
          JSON.stringify({ user: canary, [canary]: 1 }),
          Buffer.from(canary),
        )
        .map((document) => ({ canary, document })),
    );
    await fc.assert(
      fc.asyncProperty(documents, schemas, async ({ canary, document }, schema) => {
        const from = { title: "own source", fetch: async () => document };
        const loader = secretsLoader({ secrets: { it: { from, as: "json", schema } } });
        const outcome = await run(revealing(loader));
        fc.pre(isPublicError(outcome));
        const shown = inspect(outcome, { showHidden: true, depth: null });
        for (let at = 0; at + 8 <= canary.length; at++) {
          expect(shown).not.toContain(canary.slice(at, at + 8));
        }
      }),
    );
  });

  it("whatever it throws, the invocation is refused with secret_unavailable", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything({ withNullPrototype: true, withDate: true }), async (thrown) => {
        const from = { title: "own source", fetch: () => Promise.reject(thrown) };
        const outcome = await run(
          revealing(secretsLoader({ secrets: { it: { from } }, timeoutMs: 50 })),
        );
        expect(outcome).toMatchObject({ statusCode: 503, code: "secret_unavailable" });
      }),
    );
  });
});
