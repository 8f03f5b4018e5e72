import assert from "node:assert/strict";
import middy from "@middy/core";
import { securityHeaders } from "@middy-hardening/security-headers";

const handler = middy()
  .use(securityHeaders())
  .handler(() => ({ statusCode: 200, body: "{}" }));

const event = {
  version: "2.0",
  rawPath: "/",
  headers: {},
  requestContext: { http: { method: "GET" } },
};
const answer = (await handler(event as never, {} as never)) as {
  headers: Record<string, string>;
};
assert.equal(answer.headers["x-content-type-options"], "nosniff");
