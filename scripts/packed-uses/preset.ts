import assert from "node:assert/strict";
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";

const handler = middy()
  .use(harden())
  .handler(() => {
    throw new Error("connect ECONNREFUSED 10.0.0.7:5432");
  });

const event = {
  version: "2.0",
  rawPath: "/",
  headers: {},
  requestContext: { http: { method: "GET" } },
};
const answer = (await handler(event as never, {} as never)) as { statusCode: number; body: string };
assert.equal(answer.statusCode, 500);
assert.doesNotMatch(answer.body, /ECONNREFUSED/);
