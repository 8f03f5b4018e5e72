import { randomUUID } from "node:crypto";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  InvalidKeyUsageException,
  KMSClient,
  NotFoundException,
  UnsupportedOperationException,
} from "@aws-sdk/client-kms";
import { startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";

async function start(keys: readonly string[] = ["alias/orders", "alias/other"]) {
  const aws = await startLocalAws({ keys });
  const client = new KMSClient(aws.clientConfig);
  const decrypt = (base64: string | Buffer, more: object = {}) =>
    client.send(
      new DecryptCommand({
        CiphertextBlob: typeof base64 === "string" ? Buffer.from(base64, "base64") : base64,
        ...more,
      }),
    );
  return { aws, client, decrypt };
}

describe("local KMS", () => {
  it("decrypts what the endpoint itself encrypted for an environment variable", async () => {
    const { aws, decrypt } = await start();
    await using _ = aws;
    const context = { LambdaFunctionName: "orders" };
    const value = aws.encrypt("alias/orders", "correct horse", context);
    expect(value).toMatch(/^[\w+/]+=*$/);
    const answer = await decrypt(value, { EncryptionContext: context });
    expect(Buffer.from(answer.Plaintext ?? []).toString()).toBe("correct horse");
    expect(answer.KeyId).toBe(aws.keyArn("alias/orders"));
    expect(answer.EncryptionAlgorithm).toBe("SYMMETRIC_DEFAULT");
    await expect(decrypt(value)).rejects.toBeInstanceOf(InvalidCiphertextException);
  });

  it("encrypts equal plaintexts to different ciphertexts", async () => {
    await using aws = await startLocalAws({ keys: ["alias/orders"] });
    expect(aws.encrypt("alias/orders", "same")).not.toBe(aws.encrypt("alias/orders", "same"));
  });

  it("refuses a ciphertext of another key than the given one", async () => {
    const { aws, decrypt } = await start();
    await using _ = aws;
    const value = aws.encrypt("alias/orders", "plain");
    const expected = aws.keyArn("alias/orders");
    const aliasArn = expected.replace(/key\/.*/, "alias/orders");
    await expect(decrypt(value, { KeyId: aliasArn })).resolves.toMatchObject({ KeyId: expected });
    for (const KeyId of ["alias/other", aws.keyArn("alias/other")]) {
      await expect(decrypt(value, { KeyId })).rejects.toBeInstanceOf(IncorrectKeyException);
    }
    await expect(decrypt(value, { KeyId: "alias/none" })).rejects.toBeInstanceOf(NotFoundException);
  });

  it("refuses a ciphertext whose every byte in turn was changed", async () => {
    const { aws, decrypt } = await start();
    await using _ = aws;
    const original = Buffer.from(aws.encrypt("alias/orders", "plain"), "base64");
    for (let index = 0; index < original.length; index += 1) {
      const tampered = Buffer.from(original);
      tampered[index] = (tampered[index] as number) ^ 1;
      await expect(decrypt(tampered)).rejects.toBeInstanceOf(InvalidCiphertextException);
    }
  });

  it("refuses a ciphertext whose key id was replaced by that of another key", async () => {
    const ids = ["11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"];
    const { aws, decrypt } = await start(ids);
    await using _ = aws;
    const [one, other] = ids as [string, string];
    const blob = Buffer.from(aws.encrypt(one, "plain"), "base64");
    expect(blob.includes(one)).toBe(true);
    blob.write(other, blob.indexOf(one));
    await expect(decrypt(blob)).rejects.toBeInstanceOf(InvalidCiphertextException);
  });

  it("refuses bytes that are no ciphertext", async () => {
    const { aws, decrypt } = await start();
    await using _ = aws;
    const cut = Buffer.from(aws.encrypt("alias/orders", "plain"), "base64").subarray(0, 50);
    for (const bytes of [Buffer.from([1]), Buffer.from("garbage"), cut]) {
      await expect(decrypt(bytes)).rejects.toBeInstanceOf(InvalidCiphertextException);
    }
  });

  it("refuses an encryption context that is no record of texts", async () => {
    const { aws, client } = await start();
    await using _ = aws;
    for (const context of [{ tenant: 5 }, ["tenant"], "tenant"]) {
      await expect(
        client.send(
          new EncryptCommand({
            KeyId: "alias/orders",
            Plaintext: Buffer.from("plain"),
            EncryptionContext: context as unknown as Record<string, string>,
          }),
        ),
      ).rejects.toMatchObject({ name: "SerializationException" });
    }
  });

  it("tells equal-looking encryption contexts apart", async () => {
    const { aws, decrypt } = await start();
    await using _ = aws;
    const value = aws.encrypt("alias/orders", "plain", { a: "b,c", d: "e" });
    await expect(
      decrypt(value, { EncryptionContext: { a: "b", "c,d": "e" } }),
    ).rejects.toBeInstanceOf(InvalidCiphertextException);
  });

  it("neither encrypts nor decrypts with a disabled key", async () => {
    const { aws, client, decrypt } = await start();
    await using _ = aws;
    const value = aws.encrypt("alias/orders", "plain");
    await client.send(new DisableKeyCommand({ KeyId: "alias/orders" }));
    await expect(decrypt(value)).rejects.toBeInstanceOf(DisabledException);
    expect(() => aws.encrypt("alias/orders", "plain")).toThrow("is disabled");
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: "alias/orders" }));
    expect(KeyMetadata).toMatchObject({ Enabled: false, KeyState: "Disabled" });
  });

  it("has the keys that AWS makes for its own services", async () => {
    const { aws, client } = await start([]);
    await using _ = aws;
    for (const name of ["alias/aws/ssm", "alias/aws/secretsmanager"]) {
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: name }));
      expect(KeyMetadata).toMatchObject({ KeyManager: "AWS", KeyUsage: "ENCRYPT_DECRYPT" });
    }
  });

  it("keeps AWS's aliases and odd names for nobody", async () => {
    const { aws, client } = await start();
    await using _ = aws;
    const alias = (AliasName: string, TargetKeyId = "alias/orders") =>
      client.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
    await expect(alias("alias/aws/mine")).rejects.toMatchObject({ name: "NotAuthorizedException" });
    await expect(alias("alias/with space")).rejects.toMatchObject({ name: "ValidationException" });
    await expect(alias("alias/new", randomUUID())).rejects.toBeInstanceOf(NotFoundException);
  });

  it("makes symmetric keys for encryption, and no others", async () => {
    const { aws, client } = await start();
    await using _ = aws;
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ Description: "for orders", KeySpec: "SYMMETRIC_DEFAULT" }),
    );
    expect(KeyMetadata).toMatchObject({ Description: "for orders", MultiRegion: false });
    for (const input of [
      { KeySpec: "RSA_2048" },
      { KeyUsage: "SIGN_VERIFY" },
      { Origin: "EXTERNAL" },
    ] as const) {
      await expect(client.send(new CreateKeyCommand(input))).rejects.toBeInstanceOf(
        UnsupportedOperationException,
      );
    }
    await expect(
      client.send(
        new EncryptCommand({
          KeyId: "alias/orders",
          Plaintext: Buffer.from("plain"),
          EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
        }),
      ),
    ).rejects.toBeInstanceOf(InvalidKeyUsageException);
  });

  it("refuses data keys of no size or too large a one", async () => {
    const { aws, client } = await start();
    await using _ = aws;
    for (const size of [{ NumberOfBytes: 0 }, { NumberOfBytes: 1_025 }, { KeySpec: "AES_512" }]) {
      await expect(
        client.send(new GenerateDataKeyCommand({ KeyId: "alias/orders", ...(size as object) })),
      ).rejects.toMatchObject({ name: "ValidationException" });
    }
  });

  it("refuses members that are missing or empty", async () => {
    const { aws, client, decrypt } = await start();
    await using _ = aws;
    await expect(
      client.send(new EncryptCommand({ KeyId: undefined, Plaintext: Buffer.from("plain") })),
    ).rejects.toMatchObject({ name: "ValidationException" });
    await expect(
      client.send(new EncryptCommand({ KeyId: "alias/orders", Plaintext: new Uint8Array() })),
    ).rejects.toMatchObject({ name: "ValidationException" });
    await expect(decrypt(Buffer.alloc(0))).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("refuses what it cannot do rather than to ignore it", async () => {
    const { aws, decrypt } = await start();
    await using _ = aws;
    await expect(
      decrypt(aws.encrypt("alias/orders", "plain"), { DryRun: true }),
    ).rejects.toMatchObject({
      name: "ValidationException",
      message: "The local AWS endpoint does not support DryRun.",
    });
  });
});
