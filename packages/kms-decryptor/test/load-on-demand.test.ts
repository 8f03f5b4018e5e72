import { afterEach, expect, test, vi } from "vitest";
import { kmsDecryptor } from "../src/index.ts";
import { run } from "./support.ts";

afterEach(() => {
  vi.doUnmock("@aws-sdk/client-kms");
  vi.doUnmock("@aws-crypto/client-node");
});

/** As if the package were not installed. */
const uninstall = (name: string): void => {
  vi.doMock(name, () => {
    throw new Error(`Cannot find package '${name}'`);
  });
};

test("a missing KMS client is named when it is first needed, and only then", async () => {
  uninstall("@aws-sdk/client-kms");
  const middleware = kmsDecryptor({ fields: { "/tax": {} } });
  expect((await run(middleware, {})).handled).toBe(1);
  const { error } = await run(middleware, { tax: "AQ==" });
  expect(error).toMatchObject({
    message:
      "@middy-hardening/kms-decryptor: /tax could not be decrypted (@aws-sdk/client-kms could not be loaded).",
  });
});

test("a missing AWS Encryption SDK is named when it is first needed, and only then", async () => {
  uninstall("@aws-crypto/client-node");
  const middleware = kmsDecryptor({
    fields: { "/tax": { format: "encryption-sdk", discovery: { accountIds: ["123456789012"] } } },
  });
  expect((await run(middleware, {})).handled).toBe(1);
  const { error } = await run(middleware, { tax: "AQ==" });
  expect(error).toMatchObject({
    message:
      "@middy-hardening/kms-decryptor: /tax could not be decrypted (@aws-crypto/client-node could not be loaded).",
  });
});
