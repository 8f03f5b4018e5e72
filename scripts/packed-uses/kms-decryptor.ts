import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import middy from "@middy/core";
import { kmsDecryptor } from "@middy-hardening/kms-decryptor";

/** KMS, as far as one call of Decrypt and one of Encrypt go. */
const kms = createServer((_request, response) => {
  const Plaintext = Buffer.from("hunter2hunter2").toString("base64");
  response.setHeader("content-type", "application/x-amz-json-1.1");
  const KeyId = "arn:aws:kms:eu-west-1:123456789012:key/1";
  response.end(JSON.stringify({ KeyId, Plaintext, CiphertextBlob: Plaintext }));
});
await new Promise<void>((resolve) => kms.listen(0, "127.0.0.1", resolve));
Object.assign(process.env, {
  AWS_ENDPOINT_URL: `http://127.0.0.1:${(kms.address() as AddressInfo).port}`,
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "key",
  AWS_LAMBDA_FUNCTION_NAME: "orders",
  DB_PASSWORD: Buffer.alloc(160, 1).toString("base64"),
});

const handler = middy()
  .use(kmsDecryptor({ environment: { DB_PASSWORD: {} } }))
  .handler((_event, { secrets }) => secrets.DB_PASSWORD.reveal());

assert.equal(await handler({} as never, {} as never), "hunter2hunter2");

// The program of the package, as `npx` starts it.
const program = spawn("node_modules/.bin/kms-encrypt", [
  "--key-id",
  "1",
  "--function-name",
  "orders",
]);
program.stdin.end("hunter2hunter2");
assert.equal((await text(program.stdout)).trim(), btoa("hunter2hunter2"));
kms.close();
kms.closeAllConnections();
