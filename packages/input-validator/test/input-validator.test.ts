import middy from "@middy/core";
import { HTTP_KINDS, httpEvent, invoke, lambdaContext } from "@middy-hardening/testing";
import { type } from "arktype";
import type { Context } from "aws-lambda";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import defaultExport, { type InputValidatorOptions, inputValidator } from "../src/index.ts";
import { post, problemsOf, send, sendEvent } from "./support.ts";

const sqsEvent = {
  Records: [{ eventSource: "aws:sqs", messageId: "1", body: '{"__proto__":1}', attributes: {} }],
};

describe("the options", () => {
  it.each<[unknown, string]>([
    [undefined, "expected an object of options, but got undefined"],
    [{ bdy: z.any() }, 'unknown option "bdy". Did you mean "body"?'],
    [{ body: { type: "object" } }, 'option "body" must be a Standard Schema, but got an object'],
    [{ query: null }, 'option "query" must be a Standard Schema, but got null'],
    [{ eventSource: "cognito" }, 'option "eventSource" must be "api-gateway-rest" or'],
    [{ bodyType: "xml" }, 'option "bodyType" must be "json" or "form"'],
    [{ duplicateKeys: true }, 'option "duplicateKeys" must be "allow" or "reject"'],
    [{ repeatedQuery: "tag" }, 'option "repeatedQuery" must be an array of non-empty strings'],
  ])("that are wrong are refused when the function is made: %j", (options, message) => {
    const make = (): unknown => inputValidator(options as InputValidatorOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`@middy-hardening/input-validator: ${message}`);
  });

  it("may be schemas that are functions, and undefined", () => {
    const options = { body: type({ a: "string" }), query: undefined };
    expect(inputValidator(options)).toHaveProperty("before");
  });

  it("without a response schema leave the response alone, and the hooks have names", () => {
    expect(inputValidator({ body: z.any() }).after).toBeUndefined();
    const { before, after } = inputValidator({ response: z.any() });
    expect([before?.name, after?.name]).toEqual(["inputValidatorBefore", "inputValidatorAfter"]);
    expect(defaultExport).toBe(inputValidator);
  });
});

describe("eventSource", () => {
  it("refuses an event of another HTTP integration: the types would be wrong", async () => {
    const answer = await send(
      { eventSource: "alb", body: z.any() },
      post("{}"),
      "api-gateway-rest",
    );
    expect(answer.status).toBe(500);
    expect(answer.event).toBeUndefined();
    expect(answer.logged).toBe(
      "Error: @middy-hardening/input-validator: expected an event of alb, but got one of api-gateway-rest.",
    );
  });

  it.each(HTTP_KINDS)("lets an event of its own integration through: %s", async (kind) => {
    const eventSource = kind === "alb-multi-value" ? "alb" : kind;
    expect((await send({ eventSource, body: z.any() }, post("{}"), kind)).status).toBe(200);
  });
});

describe("another trigger", () => {
  it("passes through untouched by the schemas of HTTP parts", async () => {
    const { event } = await sendEvent(
      {
        body: z.never(),
        query: z.never(),
        path: z.never(),
        headers: z.never(),
      },
      sqsEvent,
    );
    expect(event).toEqual(sqsEvent);
  });

  it("is refused when one HTTP integration is named", async () => {
    const answer = await sendEvent({ eventSource: "alb", body: z.any() }, sqsEvent);
    expect(answer.event).toBeUndefined();
    expect(answer.logged).toContain("expected an event of alb, but got one of sqs.");
  });

  it.each([
    [
      "VPC Lattice",
      { path: "/", method: "POST", body: "{}", requestContext: { serviceNetworkArn: "arn:x" } },
    ],
    ["WebSocket", { body: "{}", requestContext: { connectionId: "x", eventType: "MESSAGE" } }],
    ["a direct call", { body: { admin: 1 } }],
    ["nothing at all", null],
  ])(
    "that may look like HTTP is refused where parts of HTTP have schemas: %s",
    async (_title, event) => {
      const refused = await sendEvent({ body: z.any() }, event);
      expect(refused.event).toBeUndefined();
      expect(refused.logged).toContain("expected an event of an HTTP integration");
      await sendEvent({ response: z.any() }, event, () => ({ statusCode: 200 }));
    },
  );

  it("has its event validated and replaced", async () => {
    const schema = z.object({ Records: z.array(z.object({ messageId: z.coerce.number() })) });
    const { event } = await sendEvent({ event: schema }, sqsEvent);
    expect(event).toEqual({ Records: [{ messageId: 1 }] });
    const answer = await sendEvent({ event: schema }, { records: [] });
    expect(answer.status).toBe(422);
    expect(problemsOf(answer)).toEqual(["required at event#/Records"]);
  });

  it("without a sanitizer fails with words of ours alone", async () => {
    const handler = middy()
      .use(inputValidator({ event: z.object({ id: z.int() }) }))
      .handler(async () => "done");
    const { error } = await invoke(handler, { id: "s3cr3t" });
    expect(error).toMatchObject({
      errorType: "PublicError",
      errorMessage: "The request is not valid.",
    });
    expect(JSON.stringify(error)).not.toContain("s3cr3t");
  });
});

describe("the event of an HTTP request", () => {
  it("is replaced by its schema's output, and the parts by theirs, read as they came", async () => {
    const { status, event } = await send(
      {
        event: z.object({ rawPath: z.string().transform((path) => path.toUpperCase()) }).readonly(),
        body: z.object({ a: z.number() }),
      },
      post('{"a":1,"b":2}'),
    );
    expect(status).toBe(200);
    expect(event).toEqual({ rawPath: "/ORDERS", body: { a: 1 } });
  });

  it("that is not valid is reported with the parts that are not", async () => {
    const answer = await send(
      { event: z.object({ tenant: z.string() }), body: z.object({ a: z.number() }) },
      post("{}"),
    );
    expect(problemsOf(answer)).toEqual(["required at event#/tenant", "required at #/a"]);
  });

  it("is not changed for others who hold it", async () => {
    const sent = Object.freeze(httpEvent("api-gateway-http", post('{"a":1}')));
    const handler = middy()
      .use(inputValidator({ body: z.object({ a: z.number() }) }))
      .handler(async (event) => event.body);
    expect(await handler(sent as never, lambdaContext())).toEqual({ a: 1 });
    expect(sent.body).toBe('{"a":1}');
  });
});

describe("the context", () => {
  const context = z.object({
    awsRequestId: z.string(),
    clientContext: z.object({ tenant: z.string() }).transform(({ tenant }) => tenant),
  });

  it("gets the fields that its schema returns, and keeps its methods", async () => {
    let got: Context | undefined;
    const handler = middy()
      .use(inputValidator({ context }))
      .handler(async (_event, received) => {
        got = received;
      });
    const given = lambdaContext({ clientContext: { tenant: "t1" } as never });
    await handler({} as never, given as never);
    expect(got).toBe(given);
    expect(got?.clientContext).toBe("t1");
    expect(got?.getRemainingTimeInMillis()).toBeGreaterThan(0);
  });

  it("that is not valid refuses the invocation and stays as it was", async () => {
    const answer = await sendEvent({ context }, {});
    expect(answer.status).toBe(422);
    expect(problemsOf(answer)).toEqual(["required at context#/clientContext"]);
  });
});
