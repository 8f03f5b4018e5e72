import type { Request } from "@middy/core";
import type { Context } from "aws-lambda";
import { describe, expectTypeOf, it } from "vitest";
import {
  checkOptions,
  type EventSource,
  type HttpEventSource,
  invocationOf,
  isHttpSource,
  isPublicError,
  limitOf,
  PublicError,
  type PublicErrorOptions,
  publishSecurityEvent,
  refuse,
  Secret,
} from "../src/index.ts";

interface Options {
  readonly maxBytes?: number;
  readonly maxDepth?: number;
}
const maxBytes = limitOf("bytes");

describe("checkOptions", () => {
  it("returns the type of the options", () => {
    const options: Options = {};
    expectTypeOf(
      checkOptions("x", options, { maxBytes, maxDepth: maxBytes }),
    ).toEqualTypeOf<Options>();
  });

  it("wants a rule for every option and none for another", () => {
    const options: Options = {};
    // @ts-expect-error: no rule for maxDepth
    checkOptions("x", options, { maxBytes });
    // @ts-expect-error: no option maxKeys
    checkOptions("x", options, { maxBytes, maxDepth: maxBytes, maxKeys: maxBytes });
  });
});

describe("PublicError", () => {
  it("takes its own options only", () => {
    expectTypeOf(PublicError).constructorParameters.toEqualTypeOf<
      [number, (PublicErrorOptions | undefined)?]
    >();
    // @ts-expect-error: not an option
    new PublicError(404, { message: "No such order." });
    // @ts-expect-error: header values are text
    new PublicError(429, { headers: { "retry-after": 60 } });
  });

  it("is what isPublicError narrows to", () => {
    const thrown: unknown = undefined;
    if (isPublicError(thrown)) expectTypeOf(thrown).toEqualTypeOf<PublicError>();
  });
});

describe("Secret", () => {
  it("reveals what it was given", () => {
    expectTypeOf(new Secret("key", Buffer.alloc(1)).reveal()).toEqualTypeOf<Buffer<ArrayBuffer>>();
    expectTypeOf(new Secret("n", { user: "x" }).reveal()).toEqualTypeOf<{ user: string }>();
  });

  it("is no text", () => {
    // @ts-expect-error: a secret must be revealed
    const text: string = new Secret("key", "x");
    void text;
  });
});

describe("requests", () => {
  it("are Middy's, or the event and context that a handler has", () => {
    expectTypeOf(invocationOf).toBeCallableWith({ event: {}, context: {} as Context });
    publishSecurityEvent({ event: {}, context: {} as Context }, { name: "authz_fail" });
    // @ts-expect-error: not a name
    publishSecurityEvent({ event: {}, context: {} as Context }, { name: "authz_failed" });
  });

  it("end with a refusal", () => {
    expectTypeOf(refuse).returns.toBeNever();
  });

  it("narrow by their source", () => {
    const source = "alb" as EventSource;
    if (isHttpSource(source)) expectTypeOf(source).toEqualTypeOf<HttpEventSource>();
  });
});

describe("RequestLike", () => {
  it("takes the request of a middleware whose context has types of its own", () => {
    const request = {} as Request<
      { readonly id: string },
      unknown,
      Error,
      Context & { readonly user: string }
    >;
    expectTypeOf(invocationOf(request).requestId).toEqualTypeOf<string>();
  });
});
