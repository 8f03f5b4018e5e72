/**
 * `@middy/sqs-partial-batch-failure` beside `harden()` and each of its middlewares: no record is lost, whoever takes it out.
 */
import middy, { type MiddlewareObj } from "@middy/core";
import sqsPartialBatchFailure from "@middy/sqs-partial-batch-failure";
import { errorSanitizer } from "@middy-hardening/error-sanitizer";
import { inputValidator } from "@middy-hardening/input-validator";
import { kmsDecryptor } from "@middy-hardening/kms-decryptor";
import { payloadGuard, responseGuard } from "@middy-hardening/payload-guard";
import { secretsLoader, secretsManager } from "@middy-hardening/secrets-loader";
import { securityHeaders } from "@middy-hardening/security-headers";
import { securityLogger } from "@middy-hardening/security-logger";
import { captureOutput, invoke, sqsEvent } from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { harden } from "../../src/index.ts";
import { aws } from "./backends.ts";
import { PLACES } from "./others.ts";

const DEEP = `${"[".repeat(50)}${"]".repeat(50)}`;
const record = z.object({ sku: z.string() });

const REFUSING: Readonly<Record<string, () => unknown>> = {
  "harden()": () => harden(),
  "harden({ record })": () => harden({ record, eventSource: "sqs" }),
  payloadGuard: () => payloadGuard(),
  inputValidator: () => inputValidator({ record, eventSource: "sqs" }),
};
const OURS: typeof REFUSING = {
  ...REFUSING,
  errorSanitizer: () => errorSanitizer(),
  securityLogger: () => securityLogger(),
  responseGuard: () => responseGuard(),
  securityHeaders: () => securityHeaders(),
  timeoutGuard: () => timeoutGuard(),
  secretsLoader: () =>
    secretsLoader({
      secrets: { apiKey: { from: secretsManager("api-key", { clientConfig: aws.clientConfig }) } },
    }),
  kmsDecryptor: () => kmsDecryptor({ fields: { "/card": {} }, clientConfig: aws.clientConfig }),
};

const skuOf = ({ body }: { body: unknown }): unknown =>
  (typeof body === "string" ? JSON.parse(body) : body).sku;

const shipAll = ({ Records }: { Records: { body: unknown }[] }): Promise<unknown> =>
  Promise.allSettled(
    Records.map(async (each) => {
      if (skuOf(each) === "sold-out") throw new Error("No stock.");
    }),
  );

const cellsOf = (ours: typeof OURS) =>
  Object.entries(ours).flatMap(([name, make]) => PLACES.map((place) => ({ name, place, make })));

async function failuresOf(
  { place, make }: ReturnType<typeof cellsOf>[number],
  bodies: readonly string[],
  handle: (event: never) => unknown = shipAll,
) {
  const ours = [make()].flat() as MiddlewareObj[];
  const theirs = sqsPartialBatchFailure({ logger: () => {} }) as unknown as MiddlewareObj;
  const handler = middy()
    .use(place === "before" ? [theirs, ...ours] : [...ours, theirs])
    .handler(handle as never);
  using _ = captureOutput();
  const event = sqsEvent(bodies.map((body, index) => ({ body, messageId: `m${index}` })));
  const ids = event.Records.map(({ messageId }) => messageId);
  const { result, error } = await invoke(handler, event);
  const { batchItemFailures } = Object(result);
  // What fails as a whole is delivered again as a whole.
  const again =
    error === undefined ? batchItemFailures : ids.map((itemIdentifier) => ({ itemIdentifier }));
  const failed = (again as { itemIdentifier: string }[]).map(({ itemIdentifier }) =>
    ids.indexOf(itemIdentifier),
  );
  return { failed: failed.toSorted(), error };
}

describe.each(cellsOf(OURS))("sqs-partial-batch-failure $place $name", (cell) => {
  test("a record that fails is delivered again, and no other", async () => {
    const { failed, error } = await failuresOf(cell, ['{"sku":"A-1"}', '{"sku":"sold-out"}']);
    expect(error).toBeUndefined();
    expect(failed).toEqual([1]);
  });

  test("a handler that throws loses no record", async () => {
    const { failed } = await failuresOf(cell, [DEEP, '{"sku":"A-1"}'], () => {
      throw new Error("Down.");
    });
    expect(failed).toEqual([0, 1]);
  });
});

describe.each(cellsOf(REFUSING))("sqs-partial-batch-failure $place $name", (cell) => {
  test("a record that is refused and one that fails are both delivered again", async () => {
    const { failed } = await failuresOf(cell, [DEEP, '{"sku":"A-1"}', '{"sku":"sold-out"}']);
    // Further out it no longer finds the outcome of each: the whole batch is delivered again.
    expect(failed).toEqual(cell.place === "before" ? [0, 1, 2] : [0, 2]);
  });
});
