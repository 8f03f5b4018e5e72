import assert from "node:assert/strict";
import middy from "@middy/core";
import { publishSecurityEvent } from "@middy-hardening/core";
import { createRedactor, securityLogger } from "@middy-hardening/security-logger";

const redactor = createRedactor();
assert.deepEqual(redactor.redact({ user: "ada", password: "correct horse" }), {
  user: "ada",
  password: "[redacted]",
});

const lines: string[] = [];
console.log =
  console.info =
  console.warn =
  console.error =
    (line: string) => {
      lines.push(line);
    };
const handler = middy()
  .use(securityLogger({ applicationId: "orders" }))
  .handler((event, context) => {
    publishSecurityEvent({ event, context }, { name: "authz_fail", params: ["ada", "order"] });
  });
await handler({}, {} as never);
assert.ok(lines.some((line) => line.includes("authz_fail:ada,order")));
