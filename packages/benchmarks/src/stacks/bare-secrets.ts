/** The SDK's own calls for the same secret and value, both at once, when the first request comes. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { placeUnchecked } from "./order.ts";

const [{ DecryptCommand, KMSClient }, { GetSecretValueCommand, SecretsManagerClient }] =
  await Promise.all([import("@aws-sdk/client-kms"), import("@aws-sdk/client-secrets-manager")]);

const secretsManager = new SecretsManagerClient({});
const kms = new KMSClient({});

const load = async () => {
  const CiphertextBlob = Buffer.from(process.env.DB_PASSWORD ?? "", "base64");
  const [secret, value] = await Promise.all([
    secretsManager.send(new GetSecretValueCommand({ SecretId: "prod/api-key" })),
    kms.send(new DecryptCommand({ CiphertextBlob, KeyId: "alias/orders" })),
  ]);
  return [secret.SecretString, new TextDecoder().decode(value.Plaintext)];
};

let loaded: ReturnType<typeof load> | undefined;

export const handler = async (event: APIGatewayProxyEventV2) => {
  const [apiKey, password] = await (loaded ??= load());
  if (apiKey !== "key" || password !== "password") {
    throw new Error("The secrets are not those that were stored.");
  }
  return placeUnchecked(event);
};
