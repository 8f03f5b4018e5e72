/**
 * The cloud on this machine: Secrets Manager from the embedded endpoint, DynamoDB from dynalite, or
 * from another endpoint that `DYNAMODB_ENDPOINT_URL` names.
 */
import type { AddressInfo } from "node:net";
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
} from "@aws-sdk/client-dynamodb";
import { startLocalAws } from "@middy-hardening/testing";
import dynalite from "dynalite";

export interface LocalCloud {
  close(): Promise<void>;
}

/** @param signingKey in base64, as the provider gives it. */
export async function startLocalCloud(signingKey: string): Promise<LocalCloud> {
  const aws = await startLocalAws({ secrets: { "webhook/signing-key": signingKey } });
  const { AWS_ENDPOINT_URL, ...environment } = aws.environment;
  const database = await startDynamoDb();
  Object.assign(process.env, environment, {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: AWS_ENDPOINT_URL,
    AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
    AWS_LAMBDA_FUNCTION_NAME: "webhook",
    DELIVERIES_TABLE: "deliveries",
  });
  await createTable("deliveries");
  return {
    async close() {
      await Promise.all([aws.close(), database.close()]);
    },
  };
}

async function startDynamoDb() {
  const { DYNAMODB_ENDPOINT_URL: given } = process.env;
  if (given !== undefined) return { endpoint: given, close: async () => {} };
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
    },
  };
}

async function createTable(TableName: string): Promise<void> {
  using client = disposable(new DynamoDBClient());
  try {
    await client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

const disposable = (client: DynamoDBClient): DynamoDBClient & Disposable =>
  Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
