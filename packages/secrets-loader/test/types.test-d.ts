import { BaseProvider } from "@aws-lambda-powertools/parameters/base";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import middy, { type Request } from "@middy/core";
import { addSecrets, type Secret } from "@middy-hardening/core";
import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";
import * as zm from "zod/mini";
import {
  appConfig,
  fromProvider,
  parameterStore,
  secretsLoader,
  secretsManager,
  withRotation,
} from "../src/index.ts";

const from = parameterStore("/name");

describe("secretsLoader", () => {
  it("types each secret by its form and schema", () => {
    middy()
      .use(
        secretsLoader({
          secrets: {
            text: { from },
            alsoText: { from, as: "text" },
            json: { from, as: "json" },
            bytes: { from, as: "binary" },
            login: {
              from: secretsManager("db"),
              as: "json",
              schema: z.object({ user: z.string(), port: z.coerce.number() }),
            },
            flags: {
              from: appConfig({ application: "a", environment: "e", name: "n" }),
              as: "json",
              schema: zm.object({ blue: zm.optional(zm.boolean()) }),
            },
            length: { from, schema: z.string().transform((value) => value.length) },
          },
        }),
      )
      .handler(async (_event, context) => {
        expectTypeOf(context.secrets.text).toEqualTypeOf<Secret<string>>();
        expectTypeOf(context.secrets.alsoText.reveal()).toEqualTypeOf<string>();
        expectTypeOf(context.secrets.json.reveal()).toBeUnknown();
        expectTypeOf(context.secrets.bytes.reveal()).toEqualTypeOf<Uint8Array>();
        expectTypeOf(context.secrets.login.reveal()).toEqualTypeOf<{
          user: string;
          port: number;
        }>();
        expectTypeOf(context.secrets.flags.reveal().blue).toEqualTypeOf<boolean | undefined>();
        expectTypeOf(context.secrets.length.reveal()).toEqualTypeOf<number>();
        expectTypeOf(context.awsRequestId).toEqualTypeOf<string>();
        // @ts-expect-error: no such secret
        context.secrets.other;
        // @ts-expect-error: the set is not to be changed
        context.secrets.text = context.secrets.alsoText;
      });
  });

  it("puts its secrets beside those of another middleware", () => {
    middy()
      .use(secretsLoader({ secrets: { one: { from } } }))
      .use([secretsLoader({ secrets: { two: { from, as: "binary" } } })])
      .use({
        before: (request: Request & { context: { secrets: { three: Secret<number> } } }) =>
          addSecrets(request.context, {}),
      })
      .handler(async (_event, { secrets }) => {
        expectTypeOf(secrets.one.reveal()).toEqualTypeOf<string>();
        expectTypeOf(secrets.two.reveal()).toEqualTypeOf<Uint8Array>();
      });
  });

  it("takes only known options", () => {
    // @ts-expect-error: misspelt
    secretsLoader({ secrets: { one: { from } }, maxAge: 1 });
    // @ts-expect-error: there is no such form
    secretsLoader({ secrets: { one: { from, as: "yaml" } } });
    // @ts-expect-error: where from?
    secretsLoader({ secrets: { one: { as: "json" } } });
  });
});

describe("the sources", () => {
  it("take the SDK's own configuration or a client", () => {
    secretsManager("name", { clientConfig: { region: "eu-west-1", endpoint: "http://localhost" } });
    secretsManager("name", { client: new SecretsManagerClient({}), versionStage: "AWSPENDING" });
    // @ts-expect-error: a client of another service
    parameterStore("name", { client: new SecretsManagerClient({}) });
    // @ts-expect-error: no such setting
    secretsManager("name", { clientConfig: { regoin: "eu-west-1" } });
    // @ts-expect-error: an environment is needed
    appConfig({ application: "a", name: "n" });
  });

  it("take any Powertools provider", () => {
    class Own extends BaseProvider {
      override async _get(): Promise<string> {
        return "value";
      }
      override async _getMultiple(): Promise<undefined> {}
    }
    fromProvider(new Own({}), "name");
    // @ts-expect-error: no provider
    fromProvider({}, "name");
  });
});

describe("withRotation", () => {
  it("gives the value to use, and its result to the caller", async () => {
    const secret = {} as Secret<{ password: string }>;
    const isRejected = (error: unknown): boolean => error instanceof Error;
    const result = await withRotation(secret, async ({ password }) => password.length, {
      isRejected,
    });
    expectTypeOf(result).toEqualTypeOf<number>();
    const plain = await withRotation(secret, ({ password }) => password, { isRejected });
    expectTypeOf(plain).toEqualTypeOf<string>();
    // @ts-expect-error: how would it know a refusal?
    await withRotation(secret, () => 1, {});
  });
});
