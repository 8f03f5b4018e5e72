/**
 * The cloud on this machine: what the function finds in Secrets Manager, KMS and its environment
 * when it is deployed, from the embedded AWS endpoint. To be started before `handler.ts` is loaded.
 */
import { type LocalAws, startLocalAws } from "@middy-hardening/testing";
import { LOCAL_PASSWORD, LOCAL_SIGNING_KEY } from "./database.ts";

export const SIGNING_KEY_NAME = "orders/signing-key";

export async function startLocalCloud(): Promise<LocalAws> {
  const aws = await startLocalAws({
    secrets: { [SIGNING_KEY_NAME]: LOCAL_SIGNING_KEY },
    keys: ["alias/orders"],
  });
  const functionName = "orders";
  Object.assign(process.env, aws.environment, {
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    // As the Lambda console's helper encrypts, or `npx kms-encrypt`.
    DB_PASSWORD: aws.encrypt("alias/orders", LOCAL_PASSWORD, { LambdaFunctionName: functionName }),
  });
  return aws;
}
