import { DecryptCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  InvalidKeyId,
  InvalidNextToken,
  ParameterVersionNotFound,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { type LocalAwsOptions, startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";

async function start(options: LocalAwsOptions) {
  const aws = await startLocalAws(options);
  const client = new SSMClient(aws.clientConfig);
  const get = (Name: string, WithDecryption = false) =>
    client.send(new GetParameterCommand({ Name, WithDecryption }));
  const put = (input: Partial<PutParameterCommandInput>) =>
    client.send(
      new PutParameterCommand({ Name: "/prod/key", Value: "one", Type: "String", ...input }),
    );
  return { aws, client, get, put };
}

describe("the local Parameter Store", () => {
  it("starts with strings, lists and secure strings", async () => {
    const { aws, get } = await start({
      parameters: { "/a": "one", "/b": ["one", "two"], "/c": { secure: "three" } },
    });
    await using _ = aws;
    expect((await get("/a")).Parameter).toMatchObject({ Type: "String", Value: "one" });
    expect((await get("/b")).Parameter).toMatchObject({ Type: "StringList", Value: "one,two" });
    expect((await get("/c", true)).Parameter).toMatchObject({
      Type: "SecureString",
      Value: "three",
    });
    expect(aws.putParameter("/a", "two")).toBe(2);
    expect((await get("/a")).Parameter).toMatchObject({ Value: "two", Version: 2 });
  });

  it("finds a parameter outside a hierarchy by its ARN", async () => {
    const { aws, get } = await start({ parameters: { key: "one" } });
    await using _ = aws;
    const { Parameter } = await get("key");
    expect(Parameter?.ARN).toBe("arn:aws:ssm:eu-west-1:123456789012:parameter/key");
    expect((await get(Parameter?.ARN ?? "")).Parameter).toMatchObject({ Name: "key" });
    expect((await get("key:1")).Parameter).toMatchObject({ Selector: ":1", Value: "one" });
  });

  it("encrypts a secure string under its key, with its ARN as the encryption context", async () => {
    const { aws, get } = await start({
      keys: ["alias/orders"],
      parameters: { "/prod/key": { secure: "battery", keyId: "alias/orders" } },
    });
    await using _ = aws;
    const { Parameter } = await get("/prod/key");
    const answer = await new KMSClient(aws.clientConfig).send(
      new DecryptCommand({
        KeyId: "alias/orders",
        CiphertextBlob: Buffer.from(Parameter?.Value ?? "", "base64"),
        EncryptionContext: { PARAMETER_ARN: Parameter?.ARN ?? "" },
      }),
    );
    expect(Buffer.from(answer.Plaintext ?? []).toString()).toBe("battery");
  });

  it("does not decrypt with a key that was disabled, nor encrypt with one that is unknown", async () => {
    const { aws, client, get, put } = await start({
      keys: ["alias/orders"],
      parameters: { "/prod/key": { secure: "battery", keyId: "alias/orders" } },
    });
    await using _ = aws;
    await expect(
      put({ Overwrite: true, Type: "SecureString", KeyId: "alias/none" }),
    ).rejects.toBeInstanceOf(InvalidKeyId);
    await new KMSClient(aws.clientConfig).send(new DisableKeyCommand({ KeyId: "alias/orders" }));
    await expect(get("/prod/key", true)).rejects.toBeInstanceOf(InvalidKeyId);
    await expect(
      client.send(new GetParametersCommand({ Names: ["/prod/key"], WithDecryption: true })),
    ).rejects.toBeInstanceOf(InvalidKeyId);
    await expect(get("/prod/key")).resolves.toMatchObject({ Parameter: { Version: 1 } });
  });

  it("needs a known type for a new parameter, and keeps it for a new version", async () => {
    const { aws, get, put } = await start({});
    await using _ = aws;
    await expect(put({ Type: undefined })).rejects.toThrow("A parameter type is required");
    await expect(put({ Type: "Text" as "String" })).rejects.toThrow(
      "Member must satisfy enum value set",
    );
    await put({ Type: "SecureString" });
    await put({ Type: undefined, Value: "two", Overwrite: true });
    expect((await get("/prod/key", true)).Parameter).toMatchObject({
      Type: "SecureString",
      Value: "two",
    });
  });

  it("holds longer values in the advanced tier", async () => {
    const { aws, put } = await start({});
    await using _ = aws;
    const Value = "x".repeat(8_192);
    expect(await put({ Tier: "Advanced", Value })).toMatchObject({ Tier: "Advanced" });
    expect(await put({ Tier: "Standard", Overwrite: true })).toMatchObject({ Tier: "Standard" });
    await expect(
      put({ Tier: "Advanced", Value: `${Value}x`, Overwrite: true }),
    ).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("refuses what it cannot do rather than to ignore it", async () => {
    const { aws, client, put } = await start({});
    await using _ = aws;
    await expect(put({ AllowedPattern: "^a$" })).rejects.toThrow("does not support AllowedPattern");
    await expect(
      client.send(
        new GetParametersByPathCommand({
          Path: "/",
          ParameterFilters: [{ Key: "Type", Values: ["String"] }],
        }),
      ),
    ).rejects.toThrow("does not support ParameterFilters");
  });

  it("refuses a path without a slash and a page that it did not announce", async () => {
    const { aws, client } = await start({});
    await using _ = aws;
    const page = (input: { Path: string; NextToken?: string; MaxResults?: number }) =>
      client.send(new GetParametersByPathCommand(input));
    await expect(page({ Path: "prod" })).rejects.toMatchObject({ name: "ValidationException" });
    await expect(page({ Path: "/", MaxResults: 11 })).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(page({ Path: "/", NextToken: "made up" })).rejects.toBeInstanceOf(
      InvalidNextToken,
    );
  });

  it("takes ten names at once, and no more", async () => {
    const { aws, client } = await start({ parameters: { "/a": "one" } });
    await using _ = aws;
    const Names = Array.from({ length: 11 }, (_, index) => `/a${index}`);
    await expect(client.send(new GetParametersCommand({ Names }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(
      client.send(new GetParametersCommand({ Names: ["/a", "/a:2"] })),
    ).resolves.toMatchObject({ Parameters: [{ Value: "one" }], InvalidParameters: ["/a:2"] });
  });

  it("forgets the oldest of more than a hundred versions", async () => {
    const { aws, get } = await start({ parameters: { "/a": "1" } });
    await using _ = aws;
    for (let index = 2; index <= 101; index += 1) aws.putParameter("/a", String(index));
    await expect(get("/a:1")).rejects.toBeInstanceOf(ParameterVersionNotFound);
    await expect(get("/a:2")).resolves.toMatchObject({ Parameter: { Value: "2" } });
  });
});
