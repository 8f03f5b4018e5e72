import middy, { type MiddlewareObj } from "@middy/core";
import { PublicError } from "@middy-hardening/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expectTypeOf, test } from "vitest";
import { type ErrorMap, type ErrorSanitizerOptions, errorSanitizer } from "../src/index.ts";

test("is a middleware that says nothing of the event", () => {
  expectTypeOf(errorSanitizer()).toEqualTypeOf<MiddlewareObj>();
  middy<APIGatewayProxyEventV2>()
    .use(errorSanitizer())
    .handler(async (event) => {
      expectTypeOf(event).toEqualTypeOf<APIGatewayProxyEventV2>();
      return { statusCode: 204 };
    });
});

test("takes only options that it knows", () => {
  expectTypeOf<ErrorSanitizerOptions["leakGuard"]>().toEqualTypeOf<
    "block" | "off" | "report" | undefined
  >();
  // @ts-expect-error: no such mode.
  errorSanitizer({ leakGuard: "on" });
  // @ts-expect-error: misspelt.
  errorSanitizer({ maps: () => undefined });
});

test("maps synchronously, to public errors alone", () => {
  expectTypeOf((error: unknown) =>
    error === null ? new PublicError(404) : undefined,
  ).toExtend<ErrorMap>();
  // @ts-expect-error: nobody would wait for the promise.
  errorSanitizer({ map: async () => new PublicError(404) });
  // @ts-expect-error: not public.
  errorSanitizer({ map: () => new Error("x") });
});

test("takes an option that is undefined for one that is not given", () => {
  const all: { readonly [Name in keyof Required<ErrorSanitizerOptions>]: undefined } = {
    map: undefined,
    leakGuard: undefined,
    allowHeaders: undefined,
    typeBaseUrl: undefined,
  };
  errorSanitizer(all);
});
