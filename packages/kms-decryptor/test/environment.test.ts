import middy from "@middy/core";
import { invoke, type LocalAws, startLocalAws } from "@middy-hardening/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { kmsDecryptor } from "../src/index.ts";

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({ keys: ["alias/orders", "alias/other"] });
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.clearCalls();
  aws.clearFaults();
});

describe("an environment value", () => {
  test("arrives as a secret", async () => {
    vi.stubEnv("DB_PASSWORD", aws.encrypt("alias/orders", "correct horse", { purpose: "db" }));
    const handler = middy()
      .use(
        kmsDecryptor({
          environment: { DB_PASSWORD: { encryptionContext: { purpose: "db" } } },
          clientConfig: aws.clientConfig,
        }),
      )
      .handler((_event, context) => context.secrets.DB_PASSWORD.reveal());
    const outcome = await invoke(handler, {});
    expect(outcome).toMatchObject({ result: "correct horse" });
  });
});
