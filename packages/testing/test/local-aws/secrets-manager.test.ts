import { randomUUID } from "node:crypto";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  InvalidRequestException,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  ResourceExistsException,
  ResourceNotFoundException,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type LocalAwsOptions, startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";

async function start(options: LocalAwsOptions) {
  const aws = await startLocalAws(options);
  const client = new SecretsManagerClient(aws.clientConfig);
  const get = (SecretId: string, version: { VersionId?: string; VersionStage?: string } = {}) =>
    client.send(new GetSecretValueCommand({ SecretId, ...version }));
  const put = (input: PutSecretValueCommandInput) => client.send(new PutSecretValueCommand(input));
  return { aws, client, get, put };
}

describe("local Secrets Manager", () => {
  it("starts with texts, objects and bytes", async () => {
    const bytes = Buffer.from([0, 255]);
    const { aws, get } = await start({
      secrets: { text: "one", object: { password: "two" }, bytes: new Uint8Array(bytes) },
    });
    await using _ = aws;
    expect(await get("text")).toMatchObject({ SecretString: "one" });
    expect(await get("object")).toMatchObject({ SecretString: '{"password":"two"}' });
    expect(Buffer.from((await get("bytes")).SecretBinary ?? [])).toEqual(bytes);
  });

  it("finds a secret by an ARN without its random ending", async () => {
    const { aws, get } = await start({ secrets: { "prod/db": "one" }, region: "us-east-1" });
    await using _ = aws;
    const { ARN } = await get("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db");
    expect(ARN).toMatch(/:us-east-1:.*:prod\/db-[A-Za-z0-9]{6}$/);
  });

  it("names the label or the version that it cannot find", async () => {
    const { aws, get } = await start({ secrets: { "prod/db": "one" } });
    await using _ = aws;
    const versionId = randomUUID();
    await expect(get("prod/none")).rejects.toThrow(
      "Secrets Manager can't find the specified secret.",
    );
    await expect(get("prod/db", { VersionStage: "AWSPENDING" })).rejects.toThrow(
      "staging label: AWSPENDING",
    );
    await expect(get("prod/db", { VersionId: versionId })).rejects.toThrow(
      `VersionId: ${versionId}`,
    );
  });

  it("refuses a version together with a label that it does not have", async () => {
    const { aws, get } = await start({ secrets: { "prod/db": "one" } });
    await using _ = aws;
    const { VersionId = "" } = await get("prod/db");
    await expect(get("prod/db", { VersionId, VersionStage: "AWSCURRENT" })).resolves.toMatchObject({
      SecretString: "one",
    });
    await expect(get("prod/db", { VersionId, VersionStage: "AWSPREVIOUS" })).rejects.toBeInstanceOf(
      InvalidRequestException,
    );
  });

  it("creates a secret without a value, whose first one becomes current under any label", async () => {
    const { aws, client, get, put } = await start({});
    await using _ = aws;
    const created = await client.send(
      new CreateSecretCommand({ Name: "prod/db", Description: "of the orders" }),
    );
    expect(created).not.toHaveProperty("VersionId");
    await expect(get("prod/db")).rejects.toBeInstanceOf(ResourceNotFoundException);
    const first = await put({
      SecretId: "prod/db",
      SecretString: "one",
      VersionStages: ["AWSPENDING"],
    });
    expect(first.VersionStages).toEqual(["AWSPENDING", "AWSCURRENT"]);
    expect(await get("prod/db")).toMatchObject({ SecretString: "one" });
    const described = await client.send(new DescribeSecretCommand({ SecretId: "prod/db" }));
    expect(described).toMatchObject({ Name: "prod/db", Description: "of the orders" });
    expect(described.LastChangedDate).toBeInstanceOf(Date);
  });

  it("creates a secret once for a repeated request", async () => {
    const { aws, client } = await start({});
    await using _ = aws;
    const create = (value: { SecretString?: string; SecretBinary?: Uint8Array }) =>
      client.send(
        new CreateSecretCommand({
          Name: "prod/db",
          ClientRequestToken: "0".repeat(32),
          ...value,
        }),
      );
    const first = await create({ SecretString: "one" });
    expect(await create({ SecretString: "one" })).toMatchObject({
      ARN: first.ARN,
      VersionId: first.VersionId,
    });
    for (const other of [{ SecretString: "two" }, { SecretBinary: Buffer.from("one") }, {}]) {
      await expect(create(other)).rejects.toBeInstanceOf(ResourceExistsException);
    }
    const again = await client.send(
      new CreateSecretCommand({
        Name: "prod/bytes",
        SecretBinary: Buffer.from("one"),
        ClientRequestToken: "1".repeat(32),
      }),
    );
    expect(
      await client.send(
        new CreateSecretCommand({
          Name: "prod/bytes",
          SecretBinary: Buffer.from("one"),
          ClientRequestToken: "1".repeat(32),
        }),
      ),
    ).toMatchObject({ VersionId: again.VersionId });
  });

  it("refuses values of both kinds, of none, empty or too large", async () => {
    const { aws, put } = await start({ secrets: { "prod/db": "one" } });
    await using _ = aws;
    const SecretId = "prod/db";
    await expect(
      put({ SecretId, SecretString: "two", SecretBinary: Buffer.from("two") }),
    ).rejects.toBeInstanceOf(InvalidParameterException);
    await expect(put({ SecretId })).rejects.toBeInstanceOf(InvalidParameterException);
    for (const value of [
      { SecretString: "" },
      { SecretString: "x".repeat(65_537) },
      { SecretBinary: Buffer.alloc(65_537) },
      { SecretString: "two", VersionStages: [] },
    ]) {
      await expect(put({ SecretId, ...value })).rejects.toMatchObject({
        name: "ValidationException",
      });
    }
  });

  it("refuses names that are no names of secrets", async () => {
    const { aws, client } = await start({});
    await using _ = aws;
    await expect(
      client.send(new CreateSecretCommand({ Name: "with space", SecretString: "x" })),
    ).rejects.toMatchObject({ name: "ValidationException" });
    expect(() => aws.putSecret("with space", "x")).toThrow("Invalid name");
  });

  it("does not change the value of an existing version", async () => {
    const { aws, put } = await start({ secrets: { "prod/db": "one" } });
    await using _ = aws;
    const version = { SecretId: "prod/db", ClientRequestToken: randomUUID() };
    await put({ ...version, SecretString: "two" });
    await expect(put({ ...version, SecretString: "three" })).rejects.toBeInstanceOf(
      ResourceExistsException,
    );
  });

  it("moves the labels when a test puts and rotates a value", async () => {
    const { aws, get } = await start({ secrets: { "prod/db": "one" } });
    await using _ = aws;
    const { versionId, arn } = aws.putSecret("prod/db", "two");
    expect(await get("prod/db")).toMatchObject({ SecretString: "two", VersionId: versionId });
    expect(aws.rotateSecret("prod/db", "three")).toMatchObject({ arn });
    expect(await get("prod/db")).toMatchObject({ SecretString: "three" });
    expect(await get("prod/db", { VersionStage: "AWSPREVIOUS" })).toMatchObject({
      SecretString: "two",
    });
    expect(() => aws.rotateSecret("prod/none")).toThrow("can't find the specified secret");
  });

  it("rotates to a random value of the same form", async () => {
    const { aws, client, get } = await start({
      secrets: {
        text: "one",
        list: [1],
        none: "null",
        object: { user: "orders", password: "one" },
        bytes: Buffer.from("one"),
      },
    });
    await using _ = aws;
    await client.send(new CreateSecretCommand({ Name: "empty" }));
    const rotated: Record<string, string | Uint8Array | undefined> = {};
    for (const SecretId of ["text", "list", "none", "object", "bytes", "empty"]) {
      const { VersionId = "" } = await client.send(new RotateSecretCommand({ SecretId }));
      const answer = await get(SecretId);
      expect(answer.VersionId).toBe(VersionId);
      rotated[SecretId] = answer.SecretString ?? answer.SecretBinary;
    }
    for (const name of ["text", "list", "none", "empty"]) {
      expect(rotated[name]).toMatch(/^[\w-]{32}$/);
    }
    expect(JSON.parse(String(rotated["object"]))).toEqual({
      user: "orders",
      password: expect.stringMatching(/^[\w-]{32}$/),
    });
    expect(rotated["bytes"]).toHaveLength(32);
  });

  it("rotates as the test says", async () => {
    const { aws, client, get } = await start({
      secrets: { "prod/db": "1" },
      rotate: (name, current) => ({ name, next: Number(current) + 1 }),
    });
    await using _ = aws;
    await client.send(new RotateSecretCommand({ SecretId: "prod/db" }));
    expect(await get("prod/db")).toMatchObject({ SecretString: '{"name":"prod/db","next":2}' });
  });

  it("forgets the oldest of more than a hundred versions, but none with a label", async () => {
    const { aws, client, get, put } = await start({ secrets: { "prod/db": "0" } });
    await using _ = aws;
    const { VersionId: oldest = "" } = await get("prod/db");
    const kept = await put({
      SecretId: "prod/db",
      SecretString: "kept",
      VersionStages: ["KEEP"],
    });
    for (let index = 1; index <= 98; index += 1) aws.putSecret("prod/db", String(index));
    await expect(get("prod/db", { VersionId: oldest })).resolves.toMatchObject({
      SecretString: "0",
    });
    aws.putSecret("prod/db", "99");
    aws.putSecret("prod/db", "100");
    await expect(get("prod/db", { VersionId: oldest })).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
    await expect(get("prod/db", { VersionStage: "KEEP" })).resolves.toMatchObject({
      VersionId: kept.VersionId,
    });
    const { VersionIdsToStages } = await client.send(
      new DescribeSecretCommand({ SecretId: "prod/db" }),
    );
    expect(
      Object.values(VersionIdsToStages ?? {})
        .flat()
        .sort(),
    ).toEqual(["AWSCURRENT", "AWSPREVIOUS", "KEEP"]);
  });
});
