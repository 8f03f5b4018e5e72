import middy from "@middy/core";
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  Context,
  LambdaFunctionURLEvent,
} from "aws-lambda";
import { describe, expectTypeOf, it } from "vitest";
import {
  type CapturedOutput,
  type HttpKind,
  httpEvent,
  invoke,
  lambdaContext,
  serveHttp,
} from "../src/index.ts";

describe("httpEvent", () => {
  it("has the event type of its kind", () => {
    expectTypeOf(httpEvent("api-gateway-rest")).toEqualTypeOf<APIGatewayProxyEvent>();
    expectTypeOf(httpEvent("api-gateway-http")).toEqualTypeOf<APIGatewayProxyEventV2>();
    expectTypeOf(httpEvent("function-url")).toEqualTypeOf<LambdaFunctionURLEvent>();
    expectTypeOf(httpEvent("alb")).toEqualTypeOf<ALBEvent>();
    expectTypeOf(httpEvent("alb-multi-value")).toEqualTypeOf<ALBEvent>();
  });

  it("takes a kind that is known only at run time", () => {
    const kind = "alb" as HttpKind;
    expectTypeOf(httpEvent(kind)).toExtend<object>();
    // @ts-expect-error: no such kind
    httpEvent("vpc-lattice");
  });
});

describe("invoke and serveHttp", () => {
  it("take handlers of any event type, wrapped by Middy or not", () => {
    const narrow = async (_event: APIGatewayProxyEventV2, _context: Context) => ({
      statusCode: 200,
    });
    expectTypeOf(invoke(narrow, {})).toExtend<Promise<object>>();
    expectTypeOf(serveHttp(narrow)).toExtend<Promise<object>>();
    expectTypeOf(invoke(middy(narrow), {})).toExtend<Promise<object>>();
    // In place, where the handler's type could be taken from what invoke expects.
    expectTypeOf(
      invoke(
        middy().handler(async () => 1),
        {},
      ),
    ).toExtend<Promise<object>>();
    // @ts-expect-error: not a handler
    invoke({ handler: narrow }, {});
  });

  it("give a result that must be looked at", () => {
    expectTypeOf<Awaited<ReturnType<typeof invoke>>["result"]>().toBeUnknown();
  });

  it("close by themselves", () => {
    expectTypeOf<Awaited<ReturnType<typeof serveHttp>>>().toExtend<AsyncDisposable>();
    expectTypeOf<CapturedOutput>().toExtend<Disposable>();
  });
});

describe("lambdaContext", () => {
  it("is a whole context", () => {
    expectTypeOf(lambdaContext({ timeoutMs: 1, functionName: "x" })).toEqualTypeOf<Context>();
    // @ts-expect-error: no member of a context
    lambdaContext({ requestId: "x" });
  });
});
