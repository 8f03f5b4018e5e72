import assert from "node:assert/strict";
import middy from "@middy/core";
import { errorSanitizer } from "@middy-hardening/error-sanitizer";

const handler = middy()
  .use(errorSanitizer())
  .handler(() => {
    throw new Error("connect ECONNREFUSED 10.0.0.7:5432");
  });

await assert.rejects(async () => handler({}, {} as never), { message: /Internal error/ });
