import { existsSync, readFileSync } from "node:fs";
import middy from "@middy/core";
import { Secret } from "@middy-hardening/core";
import { type HTTP_KINDS, httpEvent, invoke } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import { type PrincipalOf, securityLogger } from "../src/index.ts";
import { answering, httpGet, type Line, ok, printedBy, printedByInvoking } from "./chain.ts";

interface Session {
  user?: string;
}

const logged = async (event: unknown, principal?: PrincipalOf): Promise<Line> => {
  const handler = middy().use(answering()).use(securityLogger({ principal })).handler(ok);
  const { invocations, lines } = await printedByInvoking(handler, event);
  expect(lines).toHaveLength(1);
  return invocations[0] as Line;
};

/** An event whose request context has these members too. */
const withContext = (kind: (typeof HTTP_KINDS)[number], context: object) => {
  const event = httpEvent(kind);
  return { ...event, requestContext: { ...event.requestContext, ...context } };
};

const claims = { sub: "u-1", email: "eve@example.com", "cognito:groups": "admins" };

describe("the principal of an invocation", () => {
  it.each([
    ["api-gateway-rest", { authorizer: { claims } }, "u-1"],
    ["api-gateway-rest", { authorizer: { principalId: "user-7", tenant: "acme" } }, "user-7"],
    ["api-gateway-rest", { authorizer: { jwt: { claims } } }, "u-1"],
    [
      "api-gateway-rest",
      { identity: { cognitoIdentityId: "eu-west-1:4f", sourceIp: "203.0.113.7" } },
      "eu-west-1:4f",
    ],
    [
      "api-gateway-rest",
      { identity: { userArn: "arn:aws:iam::123456789012:user/eve", accessKey: "AKIAX" } },
      "arn:aws:iam::123456789012:user/eve",
    ],
    ["api-gateway-http", { authorizer: { jwt: { claims, scopes: ["orders"] } } }, "u-1"],
    ["api-gateway-http", { authorizer: { lambda: { principalId: "user-7" } } }, "user-7"],
    ["api-gateway-http", { authorizer: { lambda: null } }, undefined],
    [
      "function-url",
      { authorizer: { iam: { userArn: "arn:aws:iam::123456789012:user/eve", userId: "AIDA" } } },
      "arn:aws:iam::123456789012:user/eve",
    ],
    [
      "api-gateway-http",
      {
        authorizer: { iam: { cognitoIdentity: { identityId: "eu-west-1:4f" }, userArn: "arn:x" } },
      },
      "eu-west-1:4f",
    ],
    ["alb", {}, undefined],
    ["api-gateway-http", { authorizer: { jwt: { claims: { sub: { admin: true } } } } }, undefined],
    ["api-gateway-http", { authorizer: { jwt: { claims: { sub: "" } } } }, undefined],
  ] as const)("of %s with %j is %s, and no other claim", async (kind, context, expected) => {
    const line = await logged(withContext(kind, context));

    expect(line.principal).toBe(expected);
    expect(JSON.stringify(line)).not.toMatch(/eve@|admins|acme|AKIAX|AIDA|tenant/);
  });

  it.each([
    ["appsync/resolver.json", "192879fc-a240-4bf1-ab5a-d6a00f3063f9"],
    ["apigw-http/jwt-authorizer-auth.json", "d2f50444-0041-7036-aea2-a955fca33d37"],
    ["apigw-rest/jwt-authorizer-auth.json", "d2f50444-0041-7036-aea2-a955fca33d37"],
    ["apigw-rest/lambda-authorizer-auth.json", "user"],
    ["apigw-rest/iam-auth.json", "arn:aws:sts::123456789012:assumed-role/Admin/aamorosi"],
    ["apigw-http/iam-auth.json", "arn:aws:sts::123456789012:assumed-role/Admin/aamorosi"],
    ["lambda/iam-auth.json", "arn:aws:iam::111122223333:user/example-user"],
    [
      "vpc-lattice-v2/base.json",
      "arn:aws:sts::123456789012:assumed-role/example-role/057d00f8b51257ba3c853a0f248943cf",
    ],
    ["cognito/base.json", undefined],
    ["sqs/base.json", undefined],
  ])("of AWS's own sample %s is %s", async (name, expected) => {
    const file = new URL(`../../../../shared/events/${name}`, import.meta.url);
    if (!existsSync(file)) {
      process.stdout.write("The samples of AWS events are not on this machine.\n");
      return;
    }

    expect((await logged(readFileSync(file, "utf8"))).principal).toBe(expected);
  });

  it("is told by the trigger of a user pool and by a batch of AppSync as well", async () => {
    const cognito = {
      userPoolId: "eu-west-1_x",
      triggerSource: "PostAuthentication_Authentication",
      userName: "eve@example.com",
      request: { userAttributes: { sub: "u-1", email: "eve@example.com" } },
    };
    const resolver = {
      info: { fieldName: "f", parentTypeName: "Query" },
      identity: { sub: "u-2" },
    };

    expect(await logged(cognito)).toMatchObject({ principal: "u-1", event_source: "cognito" });
    expect(await logged([resolver, resolver])).toMatchObject({ principal: "u-2", records: 2 });
  });

  it("is what the application says, once its own authentication has run", async () => {
    const handler = middy()
      .use(securityLogger({ principal: ({ internal }) => (internal as Session).user }))
      .before((request) => {
        (request.internal as Session).user = "u-9";
      })
      .handler(ok);

    const { invocations } = await printedByInvoking(handler);

    expect(invocations).toMatchObject([{ principal: "u-9" }]);
  });

  it("is the verified one where the application says nothing", async () => {
    const event = withContext("api-gateway-rest", { authorizer: { claims } });

    expect((await logged(event, () => undefined)).principal).toBe("u-1");
  });

  it("is that of the event as it came, whatever a middleware makes of it", async () => {
    const handler = middy()
      .use(securityLogger())
      .before((request) => {
        request.event = { body: { admin: true } };
      })
      .handler(ok);
    const event = withContext("api-gateway-rest", { authorizer: { claims } });

    expect((await printedByInvoking(handler, event)).invocations).toMatchObject([
      { principal: "u-1" },
    ]);
  });

  it("is left out when the application's function fails, and the caller gets the response", async () => {
    const failing = middy()
      .use(
        securityLogger({
          principal: () => {
            throw new Error("no token");
          },
        }),
      )
      .handler(ok);
    let result: unknown;

    const { invocations } = await printedBy(async () => {
      ({ result } = await invoke(failing, httpGet));
    });

    expect(result).toEqual({ statusCode: 200, body: "{}" });
    expect(invocations).toMatchObject([{ outcome: "served" }]);
    expect(invocations[0]).not.toHaveProperty("principal");
  });

  it.each([
    ["a promise", () => Promise.reject(new Error("too late"))],
    ["a number", () => 7],
    ["an object that throws when it is read", () => new Proxy({}, { get: thrower })],
  ])("is left out when the application answers with %s", async (_name, principal) => {
    const line = await logged(httpGet, principal as never);
    await new Promise((resolve) => setImmediate(resolve));

    expect(line).not.toHaveProperty("principal");
  });

  it("is short, on one line, and no secret", async () => {
    using _secret = new Secret("session", "s3ss10n-of-eve");

    expect((await logged(httpGet, () => "x".repeat(1000))).principal).toHaveLength(128);
    expect((await logged(httpGet, () => "eve\n{}\u202e")).principal).toBe("eve\\u{a}{}\\u{202e}");
    expect((await logged(httpGet, () => "s3ss10n-of-eve")).principal).not.toContain("s3ss10n");
  });
});

const thrower = (): never => {
  throw new Error("hostile");
};
