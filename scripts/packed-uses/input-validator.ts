import assert from "node:assert/strict";
import middy from "@middy/core";
import { inputValidator } from "@middy-hardening/input-validator";

/** A Standard Schema without a library. */
const order = {
  "~standard": {
    version: 1,
    vendor: "by-hand",
    types: undefined as { input: unknown; output: { sku: string } } | undefined,
    validate: (value: unknown) =>
      typeof (value as { sku?: unknown } | null)?.sku === "string"
        ? { value: value as { sku: string } }
        : { issues: [{ message: "no sku" }] },
  },
} as const;

const handler = middy()
  .use(inputValidator({ event: order }))
  .handler((event) => event.sku);

assert.equal(await handler({ sku: "A-1" }, {} as never), "A-1");
await assert.rejects(async () => handler({} as never, {} as never), { statusCode: 422 });
