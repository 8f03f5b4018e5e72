/**
 * What the suite relies on in an AWS endpoint, as the SDK clients see it. It makes all that it
 * needs through the services' own operations, so that it runs against any endpoint.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import {
  AppConfigDataClient,
  BadRequestException,
  GetLatestConfigurationCommand,
  ResourceNotFoundException as NoSuchConfiguration,
  StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata";
import {
  AlreadyExistsException,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  InvalidCiphertextException,
  KMSClient,
  NotFoundException,
} from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  ParameterVersionNotFound,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** What an endpoint may lack; each is named in LOCAL-AWS.md. */
export type ContractFeature = "AppConfig Data" | "disabled keys" | "parameter limits";

/** An endpoint under test. */
export interface ContractEndpoint {
  readonly clientConfig: {
    readonly endpoint?: string;
    readonly region: string;
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** What the endpoint is known not to do: those tests are skipped, with this as the reason. */
  readonly lacks?: readonly ContractFeature[];
  /** Deploys a text as a configuration, if the endpoint has AppConfig Data. */
  readonly deploy?: (
    application: string,
    environment: string,
    profile: string,
    content: string,
  ) => void | Promise<void>;
  close(): Promise<void>;
}

/** Describes the contract for one endpoint. */
export function describeAwsContract(name: string, connect: () => Promise<ContractEndpoint>): void {
  describe(`the contract of ${name}`, () => {
    let endpoint: ContractEndpoint;
    beforeAll(async () => {
      endpoint = await connect();
    });
    afterAll(async () => {
      await endpoint.close();
    });

    const skipWithout = (skip: (reason: string) => void, feature: ContractFeature): void => {
      if (endpoint.lacks?.includes(feature)) skip(`${name} lacks: ${feature}.`);
    };

    describe("KMS", () => {
      const client = lazy(() => new KMSClient(endpoint.clientConfig));
      const createKey = async () => {
        const { KeyMetadata } = await client().send(new CreateKeyCommand({}));
        return { id: KeyMetadata?.KeyId ?? "", arn: KeyMetadata?.Arn ?? "" };
      };
      const createAlias = async (keyId: string) => {
        const alias = `alias/${randomUUID()}`;
        await client().send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }));
        return alias;
      };
      const encrypt = async (keyId: string, text: string, context: Record<string, string> = {}) => {
        const { CiphertextBlob } = await client().send(
          new EncryptCommand({
            KeyId: keyId,
            Plaintext: Buffer.from(text),
            EncryptionContext: context,
          }),
        );
        return CiphertextBlob ?? new Uint8Array();
      };

      it("describes a key by its id, its ARN, its alias and its alias's ARN", async () => {
        const { id, arn } = await createKey();
        const alias = await createAlias(id);
        const aliasArn = arn.replace(/key\/.*/, alias);
        for (const name of [id, arn, alias, aliasArn]) {
          const { KeyMetadata } = await client().send(new DescribeKeyCommand({ KeyId: name }));
          expect(KeyMetadata).toMatchObject({
            KeyId: id,
            Arn: arn,
            Enabled: true,
            KeyState: "Enabled",
            KeySpec: "SYMMETRIC_DEFAULT",
            KeyManager: "CUSTOMER",
          });
          expect(KeyMetadata?.CreationDate).toBeInstanceOf(Date);
        }
      });

      it("decrypts what it encrypted, naming the key by its ARN", async () => {
        const { id, arn } = await createKey();
        const blob = await encrypt(await createAlias(id), "plain", { a: "1", b: "2" });
        expect(Buffer.from(blob).includes("plain")).toBe(false);
        const answer = await client().send(
          new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: { b: "2", a: "1" } }),
        );
        expect(Buffer.from(answer.Plaintext ?? []).toString()).toBe("plain");
        expect(answer.KeyId).toBe(arn);
      });

      it("decrypts with the key given by its id, its ARN or its alias", async () => {
        const { id, arn } = await createKey();
        const alias = await createAlias(id);
        const blob = await encrypt(id, "plain");
        for (const KeyId of [id, arn, alias]) {
          const answer = await client().send(new DecryptCommand({ CiphertextBlob: blob, KeyId }));
          expect(answer.KeyId).toBe(arn);
        }
      });

      it("refuses another encryption context", async () => {
        const { id } = await createKey();
        const blob = await encrypt(id, "plain", { tenant: "a" });
        for (const context of [{}, { tenant: "b" }, { tenant: "a", more: "c" }]) {
          await expect(
            client().send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context })),
          ).rejects.toBeInstanceOf(InvalidCiphertextException);
        }
      });

      it("refuses a tampered ciphertext", async () => {
        const { id } = await createKey();
        const blob = Buffer.from(await encrypt(id, "plain"));
        blob.writeUInt8(blob.readUInt8(blob.length - 1) ^ 1, blob.length - 1);
        await expect(
          client().send(new DecryptCommand({ CiphertextBlob: blob })),
        ).rejects.toBeInstanceOf(InvalidCiphertextException);
      });

      it("encrypts 4,096 bytes but not one more", async () => {
        const { id } = await createKey();
        expect((await encrypt(id, "x".repeat(4_096))).length).toBeGreaterThan(4_096);
        await expect(encrypt(id, "x".repeat(4_097))).rejects.toMatchObject({
          name: "ValidationException",
        });
      });

      it("does not know a key or an alias that nobody made", async () => {
        for (const KeyId of [randomUUID(), `alias/${randomUUID()}`]) {
          await expect(encrypt(KeyId, "plain")).rejects.toBeInstanceOf(NotFoundException);
          await expect(client().send(new DescribeKeyCommand({ KeyId }))).rejects.toBeInstanceOf(
            NotFoundException,
          );
        }
      });

      it("encrypts with a disabled key only after it was enabled again", async ({ skip }) => {
        skipWithout(skip, "disabled keys");
        const { id } = await createKey();
        await client().send(new DisableKeyCommand({ KeyId: id }));
        await expect(encrypt(id, "plain")).rejects.toBeInstanceOf(DisabledException);
        await client().send(new EnableKeyCommand({ KeyId: id }));
        await expect(encrypt(id, "plain")).resolves.toBeInstanceOf(Uint8Array);
      });

      it("gives an alias to one key only", async () => {
        const { id } = await createKey();
        const alias = await createAlias(id);
        await expect(
          client().send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: id })),
        ).rejects.toBeInstanceOf(AlreadyExistsException);
        await expect(
          client().send(new CreateAliasCommand({ AliasName: "no-prefix", TargetKeyId: id })),
        ).rejects.toMatchObject({ name: "ValidationException" });
      });

      it("generates data keys that it can decrypt", async () => {
        const { id, arn } = await createKey();
        for (const [size, bytes] of [
          [{ KeySpec: "AES_256" }, 32],
          [{ KeySpec: "AES_128" }, 16],
          [{ NumberOfBytes: 24 }, 24],
        ] as const) {
          const context = { purpose: "test" };
          const generated = await client().send(
            new GenerateDataKeyCommand({ KeyId: id, ...size, EncryptionContext: context }),
          );
          expect(generated.KeyId).toBe(arn);
          expect(generated.Plaintext).toHaveLength(bytes);
          const { Plaintext } = await client().send(
            new DecryptCommand({
              CiphertextBlob: generated.CiphertextBlob,
              EncryptionContext: context,
            }),
          );
          expect(Buffer.from(Plaintext ?? [])).toEqual(Buffer.from(generated.Plaintext ?? []));
        }
        const blind = await client().send(
          new GenerateDataKeyWithoutPlaintextCommand({ KeyId: id, KeySpec: "AES_256" }),
        );
        expect(blind).not.toHaveProperty("Plaintext");
        const { Plaintext } = await client().send(
          new DecryptCommand({ CiphertextBlob: blind.CiphertextBlob }),
        );
        expect(Plaintext).toHaveLength(32);
      });

      it("wants exactly one size of a data key", async () => {
        const { id } = await createKey();
        for (const size of [{}, { KeySpec: "AES_256", NumberOfBytes: 32 }] as const) {
          await expect(
            client().send(new GenerateDataKeyCommand({ KeyId: id, ...size })),
          ).rejects.toMatchObject({ name: "ValidationException" });
        }
      });
    });

    describe("Secrets Manager", () => {
      const client = lazy(() => new SecretsManagerClient(endpoint.clientConfig));
      const createSecret = async (value: string) => {
        const name = `contract/${randomUUID()}`;
        const { ARN, VersionId } = await client().send(
          new CreateSecretCommand({ Name: name, SecretString: value }),
        );
        return { name, arn: ARN ?? "", versionId: VersionId ?? "" };
      };
      const get = (SecretId: string, version: { VersionId?: string; VersionStage?: string } = {}) =>
        client().send(new GetSecretValueCommand({ SecretId, ...version }));

      it("gives a secret by its name and by its ARN", async () => {
        const { name, arn, versionId } = await createSecret("one");
        expect(arn).toMatch(/^arn:aws:secretsmanager:[\w-]+:\d{12}:secret:contract\/[\w-]+-\w{6}$/);
        for (const id of [name, arn]) {
          const answer = await get(id);
          expect(answer).toMatchObject({
            ARN: arn,
            Name: name,
            VersionId: versionId,
            SecretString: "one",
            VersionStages: ["AWSCURRENT"],
          });
          expect(answer.CreatedDate).toBeInstanceOf(Date);
          expect(answer).not.toHaveProperty("SecretBinary");
        }
      });

      it("gives bytes as bytes", async () => {
        const name = `contract/${randomUUID()}`;
        const bytes = Buffer.from([0, 1, 254, 255]);
        await client().send(new CreateSecretCommand({ Name: name, SecretBinary: bytes }));
        const answer = await get(name);
        expect(Buffer.from(answer.SecretBinary ?? [])).toEqual(bytes);
        expect(answer).not.toHaveProperty("SecretString");
      });

      it("moves the labels when a value is put", async () => {
        const { name, versionId: first } = await createSecret("one");
        const { VersionId: second } = await client().send(
          new PutSecretValueCommand({ SecretId: name, SecretString: "two" }),
        );
        expect(await get(name)).toMatchObject({ SecretString: "two", VersionId: second });
        expect(await get(name, { VersionStage: "AWSPREVIOUS" })).toMatchObject({
          SecretString: "one",
          VersionId: first,
        });
        await client().send(new PutSecretValueCommand({ SecretId: name, SecretString: "three" }));
        expect(await get(name, { VersionStage: "AWSPREVIOUS" })).toMatchObject({
          SecretString: "two",
        });
        expect(await get(name, { VersionId: second ?? "" })).toMatchObject({ SecretString: "two" });
      });

      it("keeps a pending value beside the current one", async () => {
        const { name, versionId: first } = await createSecret("one");
        const { VersionId: pending } = await client().send(
          new PutSecretValueCommand({
            SecretId: name,
            SecretString: "two",
            VersionStages: ["AWSPENDING"],
          }),
        );
        expect(await get(name)).toMatchObject({ SecretString: "one" });
        expect(await get(name, { VersionStage: "AWSPENDING" })).toMatchObject({
          SecretString: "two",
        });
        const { VersionIdsToStages } = await client().send(
          new DescribeSecretCommand({ SecretId: name }),
        );
        expect(VersionIdsToStages).toEqual({
          [first]: ["AWSCURRENT"],
          [pending ?? ""]: ["AWSPENDING"],
        });
      });

      it("does not know a secret, a version or a label that nobody made", async () => {
        const { name } = await createSecret("one");
        const versions = [{ VersionId: randomUUID() }, { VersionStage: "AWSPREVIOUS" }];
        for (const version of versions) {
          await expect(get(name, version)).rejects.toBeInstanceOf(ResourceNotFoundException);
        }
        await expect(get(`contract/${randomUUID()}`)).rejects.toBeInstanceOf(
          ResourceNotFoundException,
        );
        await expect(
          client().send(
            new PutSecretValueCommand({ SecretId: `contract/${randomUUID()}`, SecretString: "x" }),
          ),
        ).rejects.toBeInstanceOf(ResourceNotFoundException);
      });

      it("does not create a secret twice", async () => {
        const { name } = await createSecret("one");
        await expect(
          client().send(new CreateSecretCommand({ Name: name, SecretString: "two" })),
        ).rejects.toBeInstanceOf(ResourceExistsException);
      });

      it("makes no second version of a repeated request", async () => {
        const { name } = await createSecret("one");
        const request = {
          SecretId: name,
          SecretString: "two",
          ClientRequestToken: randomUUID(),
        };
        await client().send(new PutSecretValueCommand(request));
        const { VersionId } = await client().send(new PutSecretValueCommand(request));
        expect(VersionId).toBe(request.ClientRequestToken);
        expect(await get(name, { VersionStage: "AWSPREVIOUS" })).toMatchObject({
          SecretString: "one",
        });
      });

      it("refuses a token that is too short for a version", async () => {
        const { name } = await createSecret("one");
        await expect(
          client().send(
            new PutSecretValueCommand({
              SecretId: name,
              SecretString: "two",
              ClientRequestToken: "short",
            }),
          ),
        ).rejects.toBeInstanceOf(InvalidParameterException);
      });
    });

    describe("the Parameter Store", () => {
      const client = lazy(() => new SSMClient(endpoint.clientConfig));
      const put = (Name: string, Value: string, more: { Overwrite?: boolean } = {}) =>
        client().send(new PutParameterCommand({ Name, Value, Type: "String", ...more }));
      const get = (Name: string, WithDecryption?: boolean) =>
        client().send(
          new GetParameterCommand({
            Name,
            ...(WithDecryption === undefined ? {} : { WithDecryption }),
          }),
        );

      it("gives a parameter by its name, its version and its ARN", async () => {
        const name = `/contract/${randomUUID()}`;
        expect((await put(name, "one")).Version).toBe(1);
        expect((await put(name, "two", { Overwrite: true })).Version).toBe(2);
        const { Parameter } = await get(name);
        expect(Parameter).toMatchObject({
          Name: name,
          Type: "String",
          Value: "two",
          Version: 2,
          DataType: "text",
        });
        expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
        expect((await get(`${name}:1`)).Parameter).toMatchObject({ Value: "one", Version: 1 });
        expect((await get(Parameter?.ARN ?? "")).Parameter).toMatchObject({ Value: "two" });
      });

      it("overwrites a parameter only when told to", async () => {
        const name = `/contract/${randomUUID()}`;
        await put(name, "one");
        await expect(put(name, "two")).rejects.toBeInstanceOf(ParameterAlreadyExists);
      });

      it("decrypts a secure parameter only when told to", async () => {
        const Name = `/contract/${randomUUID()}`;
        await client().send(
          new PutParameterCommand({ Name, Value: "battery", Type: "SecureString" }),
        );
        const encrypted = await get(Name);
        expect(encrypted.Parameter?.Type).toBe("SecureString");
        expect(encrypted.Parameter?.Value).not.toBe("battery");
        expect((await get(Name, true)).Parameter).toMatchObject({
          Value: "battery",
          Type: "SecureString",
        });
      });

      it("gives a list of strings", async () => {
        const Name = `/contract/${randomUUID()}`;
        await client().send(new PutParameterCommand({ Name, Value: "a,b", Type: "StringList" }));
        expect((await get(Name)).Parameter).toMatchObject({ Value: "a,b", Type: "StringList" });
      });

      it("does not know a parameter or a version that nobody made", async () => {
        const name = `/contract/${randomUUID()}`;
        await expect(get(name)).rejects.toBeInstanceOf(ParameterNotFound);
        await put(name, "one");
        await expect(get(`${name}:9`)).rejects.toBeInstanceOf(ParameterVersionNotFound);
      });

      it("gives several parameters and names those that do not exist", async () => {
        const name = `/contract/${randomUUID()}`;
        await put(name, "one");
        const answer = await client().send(
          new GetParametersCommand({ Names: [name, `${name}-missing`] }),
        );
        expect(answer.Parameters).toMatchObject([{ Name: name, Value: "one" }]);
        expect(answer.InvalidParameters).toEqual([`${name}-missing`]);
      });

      it("gives the parameters of a path page by page", async () => {
        const path = `/contract/${randomUUID()}`;
        for (const name of ["a", "b", "c", "deep/d"]) await put(`${path}/${name}`, name);
        const names: (string | undefined)[] = [];
        let NextToken: string | undefined;
        let pages = 0;
        do {
          const answer = await client().send(
            new GetParametersByPathCommand({
              Path: path,
              Recursive: true,
              MaxResults: 3,
              ...(NextToken === undefined ? {} : { NextToken }),
            }),
          );
          names.push(...(answer.Parameters ?? []).map(({ Value }) => Value));
          NextToken = answer.NextToken;
          pages += 1;
        } while (NextToken !== undefined);
        expect(names.sort()).toEqual(["a", "b", "c", "deep/d"]);
        expect(pages).toBe(2);

        const flat = await client().send(new GetParametersByPathCommand({ Path: path }));
        expect(flat.Parameters?.map(({ Value }) => Value).sort()).toEqual(["a", "b", "c"]);
        const none = await client().send(new GetParametersByPathCommand({ Path: `${path}/none` }));
        expect(none.Parameters).toEqual([]);
      });

      it("refuses names that are reserved", async () => {
        for (const name of ["aws-mine", "ssm-mine", "/ssm/mine"]) {
          await expect(put(name, "one")).rejects.toMatchObject({ name: "ValidationException" });
        }
        await expect(put("/aws/mine", "one")).rejects.toMatchObject({
          name: "AccessDeniedException",
        });
      });

      it("refuses names of another form", async ({ skip }) => {
        skipWithout(skip, "parameter limits");
        for (const name of ["half/qualified", "/with space", "/two//slashes"]) {
          await expect(put(name, "one")).rejects.toMatchObject({ name: "ValidationException" });
        }
      });

      it("refuses an empty value", async () => {
        await expect(put(`/contract/${randomUUID()}`, "")).rejects.toMatchObject({
          name: "ValidationException",
        });
      });

      it("refuses a value that is too long", async ({ skip }) => {
        skipWithout(skip, "parameter limits");
        await expect(put(`/contract/${randomUUID()}`, "x".repeat(4_097))).rejects.toMatchObject({
          name: "ValidationException",
        });
      });
    });

    describe("AppConfig Data", () => {
      const client = lazy(() => new AppConfigDataClient(endpoint.clientConfig));
      const start = (application: string) =>
        client().send(
          new StartConfigurationSessionCommand({
            ApplicationIdentifier: application,
            EnvironmentIdentifier: "prod",
            ConfigurationProfileIdentifier: "flags",
          }),
        );
      const poll = (ConfigurationToken: string | undefined) =>
        client().send(new GetLatestConfigurationCommand({ ConfigurationToken }));

      it("gives a configuration once, and again when it changed", async ({ skip }) => {
        skipWithout(skip, "AppConfig Data");
        const deploy = endpoint.deploy ?? fail;
        const application = randomUUID();
        await deploy(application, "prod", "flags", "one");
        const { InitialConfigurationToken } = await start(application);
        const first = await poll(InitialConfigurationToken);
        expect(first.Configuration?.transformToString()).toBe("one");
        expect(first.NextPollIntervalInSeconds).toBeGreaterThanOrEqual(15);
        const second = await poll(first.NextPollConfigurationToken);
        expect(second.Configuration ?? []).toHaveLength(0);
        await deploy(application, "prod", "flags", "two");
        const third = await poll(second.NextPollConfigurationToken);
        expect(third.Configuration?.transformToString()).toBe("two");
      });

      it("refuses a token that it did not issue", async ({ skip }) => {
        skipWithout(skip, "AppConfig Data");
        await expect(poll("made-up")).rejects.toBeInstanceOf(BadRequestException);
      });

      it("does not know a configuration that nobody deployed", async ({ skip }) => {
        skipWithout(skip, "AppConfig Data");
        await expect(start(randomUUID())).rejects.toBeInstanceOf(NoSuchConfiguration);
      });
    });
  });
}

function fail(): never {
  throw new Error("An endpoint with AppConfig Data must say how to deploy a configuration.");
}

/** Made when it is first needed: the endpoint is not known before the suite runs. */
function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
