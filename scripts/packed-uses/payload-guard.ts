import assert from "node:assert/strict";
import middy from "@middy/core";
import { payloadGuard } from "@middy-hardening/payload-guard";

const handler = middy()
  .use(payloadGuard({ maxBytes: 8 }))
  .handler(() => ({ statusCode: 204 }));

const event = (body: string): unknown => ({
  version: "2.0",
  rawPath: "/",
  headers: { "content-type": "application/json" },
  requestContext: { http: { method: "POST" } },
  body,
});

assert.deepEqual(await handler(event("[]"), {} as never), { statusCode: 204 });
await assert.rejects(async () => handler(event("[1,2,3,4,5]"), {} as never), { statusCode: 413 });
