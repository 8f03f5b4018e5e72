/**
 * What the middlewares talk to: AWS's services on this machine.
 */
import type { AddressInfo } from "node:net";
import { IdempotencyConfig } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { makeHandlerIdempotent } from "@aws-lambda-powertools/idempotency/middleware";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { MiddlewareObj } from "@middy/core";
import { startLocalAws } from "@middy-hardening/testing";
import dynalite from "dynalite";
import { afterAll } from "vitest";

export const SECRET = "canary-of-secrets-manager";
export const DSN = "postgres://canary-of-parameter-store";

export const aws = await startLocalAws({
  secrets: { "api-key": SECRET },
  keys: ["alias/orders"],
  parameters: { "/orders/dsn": DSN },
});

const database = dynalite({ createTableMs: 0 });
await new Promise<void>((resolve) => database.listen(0, "127.0.0.1", resolve));
const client = new DynamoDBClient({
  endpoint: `http://127.0.0.1:${(database.address() as AddressInfo).port}`,
  region: "eu-west-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});
await client.send(
  new CreateTableCommand({
    TableName: "orders",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
  }),
);
afterAll(async () => {
  client.destroy();
  database.close();
  await aws.close();
});

/** @param eventKeyJmesPath what makes a request the same as another one. */
export const once = (eventKeyJmesPath: string): MiddlewareObj =>
  makeHandlerIdempotent({
    persistenceStore: new DynamoDBPersistenceLayer({ tableName: "orders", awsSdkV3Client: client }),
    config: new IdempotencyConfig({ eventKeyJmesPath, hashFunction: "sha256" }),
  }) as unknown as MiddlewareObj;
