import middy, { type MiddlewareObj } from "@middy/core";
import type { Secret } from "@middy-hardening/core";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { expectTypeOf } from "vitest";
import { type DecryptedEvent, type KmsDecryptorOptions, kmsDecryptor } from "../src/index.ts";

// Each environment variable is a secret of its own type.
middy()
  .use(
    kmsDecryptor({
      environment: { DB_PASSWORD: { keyId: "alias/orders" }, SIGNING_KEY: { as: "bytes" } },
    }),
  )
  .handler((event, context) => {
    expectTypeOf(event).toEqualTypeOf<unknown>();
    expectTypeOf(context.secrets.DB_PASSWORD).toEqualTypeOf<Secret<string>>();
    expectTypeOf(context.secrets.SIGNING_KEY.reveal()).toEqualTypeOf<Uint8Array>();
    expectTypeOf(context.awsRequestId).toEqualTypeOf<string>();
    // @ts-expect-error a variable that is not configured
    context.secrets.OTHER;
    // @ts-expect-error secrets are not replaced
    context.secrets.DB_PASSWORD = {} as Secret<string>;
  });

// Beside the secrets of another middleware.
declare const loader: MiddlewareObj<
  unknown,
  unknown,
  Error,
  Context & { readonly secrets: { readonly apiKey: Secret<{ key: string }> } }
>;
middy()
  .use(loader)
  .use(kmsDecryptor({ environment: { DB_PASSWORD: {} } }))
  .handler((_event, { secrets }) => {
    expectTypeOf(secrets.apiKey.reveal()).toEqualTypeOf<{ key: string }>();
    expectTypeOf(secrets.DB_PASSWORD.reveal()).toEqualTypeOf<string>();
  });

// Fields: what the pointers say, all of it optional.
expectTypeOf<
  DecryptedEvent<{ fields: { "/customer/taxNumber": { as: "bytes" } } }>
>().toEqualTypeOf<{
  readonly customer?: { readonly taxNumber?: Secret<Uint8Array> };
}>();
expectTypeOf<DecryptedEvent<{ fields: { "/a~1b/m~0n": object } }>>().toEqualTypeOf<{
  readonly "a/b"?: { readonly "m~n"?: Secret<string> };
}>();
expectTypeOf<DecryptedEvent<{ environment: object }>>().toEqualTypeOf<unknown>();

middy()
  .use(kmsDecryptor({ fields: { "/Records/*/body/tax": {}, "/Records/*/body/name": {} } }))
  .handler((event) => {
    expectTypeOf(event.Records?.[0]?.body?.tax).toEqualTypeOf<Secret<string> | undefined>();
    expectTypeOf(event.Records?.[0]?.body?.name).toEqualTypeOf<Secret<string> | undefined>();
  });

// A field that a validator says is text is that and a secret: it can be revealed without a check.
interface Order {
  readonly customer: { readonly taxNumber: string; readonly name: string };
}
declare const validator: MiddlewareObj<Omit<APIGatewayProxyEventV2, "body"> & { body: Order }>;
middy()
  .use(validator)
  .use(kmsDecryptor({ fields: { "/body/customer/taxNumber": {} } }))
  .handler((event) => {
    expectTypeOf(event.body.customer.taxNumber.reveal()).toEqualTypeOf<string>();
    expectTypeOf(event.body.customer.name).toEqualTypeOf<string>();
    expectTypeOf(event.rawPath).toEqualTypeOf<string>();
  });

// Options that are not literal give secrets by any name.
declare const anyOptions: KmsDecryptorOptions;
middy()
  .use(kmsDecryptor(anyOptions))
  .handler((_event, context) => {
    expectTypeOf(context.awsRequestId).toEqualTypeOf<string>();
  });

// @ts-expect-error an unknown format
kmsDecryptor({ fields: { "/a": { format: "jwe" } } });
// @ts-expect-error the encryption context of a variable is literal
kmsDecryptor({ environment: { A: { encryptionContext: { a: { literal: "b" } } } } });
// @ts-expect-error a misspelt option
kmsDecryptor({ enviroment: {} });
