import {
  buildClient,
  CommitmentPolicy,
  getClient,
  KMS,
  KmsKeyringNode,
} from "@aws-crypto/client-node";
import { startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);

async function start() {
  const aws = await startLocalAws({ keys: ["alias/orders", "alias/other"] });
  // The cast: the SDK's answers do not fit this library's types under exactOptionalPropertyTypes.
  const clientProvider = getClient(KMS as never, aws.clientConfig);
  const orders = aws.keyArn("alias/orders");
  const other = aws.keyArn("alias/other");
  return { aws, clientProvider, orders, other };
}

describe("the AWS Encryption SDK against the local endpoint", () => {
  it("encrypts under two keys and decrypts with either", async () => {
    const { aws, clientProvider, orders, other } = await start();
    await using _ = aws;
    const { result } = await encrypt(
      new KmsKeyringNode({ clientProvider, generatorKeyId: orders, keyIds: [other] }),
      "correct horse",
      { encryptionContext: { tenant: "t1" } },
    );
    for (const key of [orders, other]) {
      const { plaintext, messageHeader } = await decrypt(
        new KmsKeyringNode({ clientProvider, keyIds: [key] }),
        result,
      );
      expect(plaintext.toString()).toBe("correct horse");
      expect(messageHeader.encryptionContext).toMatchObject({ tenant: "t1" });
    }
    expect(aws.calls.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ["GenerateDataKey", "ok"],
      ["Encrypt", "ok"],
      ["Decrypt", "ok"],
      ["Decrypt", "ok"],
    ]);
  });

  it("decrypts by discovery in the accounts that it is limited to", async () => {
    const { aws, clientProvider, orders } = await start();
    await using _ = aws;
    const { result } = await encrypt(
      new KmsKeyringNode({ clientProvider, generatorKeyId: orders }),
      "correct horse",
    );
    const discover = (accountID: string) =>
      decrypt(
        new KmsKeyringNode({
          clientProvider,
          discovery: true,
          discoveryFilter: { partition: "aws", accountIDs: [accountID] },
        }),
        result,
      );
    expect((await discover("123456789012")).plaintext.toString()).toBe("correct horse");
    await expect(discover("210987654321")).rejects.toThrow();
  });

  it("refuses a message that was tampered with", async () => {
    const { aws, clientProvider, orders } = await start();
    await using _ = aws;
    const keyring = new KmsKeyringNode({ clientProvider, generatorKeyId: orders });
    const { result } = await encrypt(keyring, "correct horse");
    result.writeUInt8(result.readUInt8(result.length - 1) ^ 1, result.length - 1);
    await expect(decrypt(keyring, result)).rejects.toThrow();
  });
});
