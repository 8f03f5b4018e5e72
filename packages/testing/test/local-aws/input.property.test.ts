import { startLocalAws } from "@middy-hardening/testing";
import fc from "fast-check";
import { expect, it } from "vitest";

const OPERATIONS = [
  "TrentService.CreateKey",
  "TrentService.CreateAlias",
  "TrentService.DescribeKey",
  "TrentService.Encrypt",
  "TrentService.Decrypt",
  "TrentService.GenerateDataKey",
  "secretsmanager.CreateSecret",
  "secretsmanager.GetSecretValue",
  "secretsmanager.PutSecretValue",
  "secretsmanager.RotateSecret",
  "AmazonSSM.PutParameter",
  "AmazonSSM.GetParameter",
  "AmazonSSM.GetParameters",
  "AmazonSSM.GetParametersByPath",
];

const plausible = fc.constantFrom(
  ...["alias/orders", "/prod/key", "/prod/key:1", "prod/db", "arn:aws:kms:", "AQ==", "", "/", ":"],
  ...["SecureString", "AES_256", "AWSCURRENT", "__proto__", "0".repeat(32)],
);
const value = fc.oneof(
  plausible,
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(plausible),
  fc.dictionary(fc.string(), fc.oneof(plausible, fc.integer())),
);
const MEMBERS = [
  ...["KeyId", "Plaintext", "CiphertextBlob", "EncryptionContext", "NumberOfBytes", "KeySpec"],
  ...["AliasName", "TargetKeyId", "Name", "SecretId", "SecretString", "SecretBinary", "Value"],
  ...["VersionId", "VersionStage", "VersionStages", "ClientRequestToken", "Type", "Overwrite"],
  ...["WithDecryption", "Names", "Path", "Recursive", "MaxResults", "NextToken", "Tier"],
];
const input = fc.record(Object.fromEntries(MEMBERS.map((name) => [name, value])), {
  requiredKeys: [],
});

it("answers any input with a result or an error of AWS's, and never fails inside", async () => {
  await using aws = await startLocalAws({
    secrets: { "prod/db": "one" },
    parameters: { "/prod/key": { secure: "two" } },
    keys: ["alias/orders"],
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...OPERATIONS), input, async (target, members) => {
      const response = await fetch(aws.endpoint, {
        method: "POST",
        headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.1" },
        body: JSON.stringify(members),
      });
      const answer = (await response.json()) as { readonly __type?: string };
      expect(response.status).toBe(answer.__type === undefined ? 200 : 400);
    }),
    { numRuns: 1_000 },
  );
});
