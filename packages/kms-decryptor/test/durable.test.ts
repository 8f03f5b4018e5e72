import middy, { type MiddlewareObj } from "@middy/core";
import type { Secret } from "@middy-hardening/core";
import { captureSecurityEvents, lambdaContext, startLocalAws } from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { expect, test } from "vitest";
import { kmsDecryptor } from "../src/index.ts";

/** The form of the context of the SDK (2.4), during a replay. */
function replaying() {
  const { promise, resolve } = Promise.withResolvers<object>();
  const terminationManager = { getTerminationPromise: () => promise };
  const context = Object.assign(lambdaContext(), {
    [Symbol.for("@aws/durable-execution-sdk-js/durable-context")]: true,
    durableExecutionMode: "ReplayMode",
    _executionContext: { terminationManager },
  });
  const suspend = (): Promise<void> => {
    resolve({ reason: "WAIT_SCHEDULED", message: "Waits." });
    return new Promise(setImmediate);
  };
  return { context: context as Context, suspend };
}

type Orders = (event: { card: string | Secret<string> }, context: Context) => Promise<unknown>;

const orders = (clientConfig: object, work: Orders): Orders =>
  middy()
    .use(
      kmsDecryptor({
        fields: { "/card": { encryptionContext: { purpose: "card" } } },
        clientConfig,
      }) as MiddlewareObj,
    )
    .handler(work as never) as unknown as Orders;

test("a value that cannot be decrypted is told during a replay: each run decrypts for itself", async () => {
  await using aws = await startLocalAws({ keys: ["alias/orders"] });
  using captured = captureSecurityEvents();
  const handler = orders(aws.clientConfig, async () => {});
  const card = aws.encrypt("alias/orders", "4111 1111", { purpose: "another" });
  await expect(handler({ card }, replaying().context)).rejects.toMatchObject({ statusCode: 422 });
  expect(captured.events).toMatchObject([{ name: "crypt_decrypt_fail", outcome: "blocked" }]);
});

test("what was decrypted is wiped when the invocation is suspended", async () => {
  await using aws = await startLocalAws({ keys: ["alias/orders"] });
  const decrypted = Promise.withResolvers<Secret<string>>();
  const handler = orders(aws.clientConfig, ({ card }) => {
    decrypted.resolve(card as Secret<string>);
    return new Promise(() => {});
  });
  const { context, suspend } = replaying();
  void handler({ card: aws.encrypt("alias/orders", "4111 1111", { purpose: "card" }) }, context);
  const card = await decrypted.promise;
  expect(card.reveal()).toBe("4111 1111");
  await suspend();
  expect(() => card.reveal()).toThrow();
});
