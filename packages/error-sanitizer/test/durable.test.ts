import middy from "@middy/core";
import { PublicError } from "@middy-hardening/core";
import { httpEvent, lambdaContext } from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { expect, it } from "vitest";
import { errorSanitizer } from "../src/index.ts";

/** The mark by which the SDK of durable executions hands an error to Lambda, which tries again. */
const MARK = "isUnrecoverableInvocation";

const durableContext = (): Context =>
  Object.assign(lambdaContext(), {
    [Symbol.for("@aws/durable-execution-sdk-js/durable-context")]: true,
  });

/** What the SDK gets of a handler that throws: an error, or a response. */
async function outcomeOf(error: Error, event: unknown = {}, context = durableContext()) {
  const handler = middy()
    .use(errorSanitizer())
    .handler(() => {
      throw error;
    }) as unknown as (event: unknown, context: Context) => Promise<unknown>;
  return handler(event, context).catch((thrown: unknown) => thrown);
}

it.each([503, 504])(
  "a durable execution goes on after what is unavailable at the moment (%i)",
  async (status) => {
    const thrown = await outcomeOf(new PublicError(status, { code: "try_again" }));
    expect(thrown).toMatchObject({ name: "try_again", stack: "" });
    expect(thrown).toHaveProperty(MARK, true);
  },
);

it.each([
  ["a refusal", new PublicError(422, { code: "no_such_sku" })],
  ["an unexpected error", new Error("connect ECONNREFUSED 10.0.0.7:5432")],
])("a durable execution ends with %s", async (_, error) => {
  expect(await outcomeOf(error)).not.toHaveProperty(MARK);
});

it("an HTTP caller is answered, durable or not", async () => {
  const answer = await outcomeOf(new PublicError(503), httpEvent("api-gateway-http"));
  expect(answer).toMatchObject({ statusCode: 503 });
});

it("no other execution has a mark on its error", async () => {
  expect(await outcomeOf(new PublicError(503), {}, lambdaContext())).not.toHaveProperty(MARK);
});
