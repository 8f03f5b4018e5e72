import assert from "node:assert/strict";
import middy from "@middy/core";
import { publishSecurityEvent } from "@middy-hardening/core";
import { createRedactor, securityLogger } from "@middy-hardening/security-logger";
import { createSecureLogger } from "@middy-hardening/security-logger/secure-logger";

const redactor = createRedactor();
assert.deepEqual(redactor.redact({ user: "ada", password: "correct horse" }), {
  user: "ada",
  password: "[redacted]",
});

let log = "";
const write = (chunk: string | Uint8Array): boolean => {
  log += chunk;
  return true;
};
process.stdout.write = process.stderr.write = write;
const handler = middy()
  .use(securityLogger({ applicationId: "orders" }))
  .handler((event, context) => {
    publishSecurityEvent({ event, context }, { name: "authz_fail", params: ["ada", "order"] });
  });
await handler({}, {} as never);
assert.match(log, /"authz_fail:ada,order"/);
createSecureLogger().info("Login", { password: "correct horse" });
assert.match(log, /"password":"\[redacted\]"/);
