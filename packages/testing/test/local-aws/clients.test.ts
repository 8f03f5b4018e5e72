import {
  AppConfigDataClient,
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata";
import { DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { startLocalAws } from "@middy-hardening/testing";
import { expect, it } from "vitest";

it("answers the clients of all four services", async () => {
  await using aws = await startLocalAws({
    secrets: { "prod/db": { user: "orders", password: "correct horse" } },
    parameters: { "/prod/key": { secure: "battery", keyId: "alias/orders" } },
    appConfig: { "orders/prod/flags": { fast: true } },
    keys: ["alias/orders"],
  });

  const secrets = new SecretsManagerClient(aws.clientConfig);
  const secret = await secrets.send(new GetSecretValueCommand({ SecretId: "prod/db" }));
  expect(JSON.parse(secret.SecretString ?? "")).toEqual({
    user: "orders",
    password: "correct horse",
  });

  const parameters = new SSMClient(aws.clientConfig);
  const parameter = await parameters.send(
    new GetParameterCommand({ Name: "/prod/key", WithDecryption: true }),
  );
  expect(parameter.Parameter?.Value).toBe("battery");

  const keys = new KMSClient(aws.clientConfig);
  const encrypted = await keys.send(
    new EncryptCommand({
      KeyId: "alias/orders",
      Plaintext: Buffer.from("staple"),
      EncryptionContext: { tenant: "t1", order: "o1" },
    }),
  );
  const decrypted = await keys.send(
    new DecryptCommand({
      CiphertextBlob: encrypted.CiphertextBlob,
      EncryptionContext: { order: "o1", tenant: "t1" },
    }),
  );
  expect(Buffer.from(decrypted.Plaintext ?? []).toString()).toBe("staple");

  const configurations = new AppConfigDataClient(aws.clientConfig);
  const session = await configurations.send(
    new StartConfigurationSessionCommand({
      ApplicationIdentifier: "orders",
      EnvironmentIdentifier: "prod",
      ConfigurationProfileIdentifier: "flags",
    }),
  );
  const configuration = await configurations.send(
    new GetLatestConfigurationCommand({ ConfigurationToken: session.InitialConfigurationToken }),
  );
  expect(configuration.Configuration?.transformToString()).toBe('{"fast":true}');

  expect(aws.calls.map(({ service, operation, outcome }) => [service, operation, outcome])).toEqual(
    [
      ["secretsmanager", "GetSecretValue", "ok"],
      ["ssm", "GetParameter", "ok"],
      ["kms", "Encrypt", "ok"],
      ["kms", "Decrypt", "ok"],
      ["appconfigdata", "StartConfigurationSession", "ok"],
      ["appconfigdata", "GetLatestConfiguration", "ok"],
    ],
  );
});
