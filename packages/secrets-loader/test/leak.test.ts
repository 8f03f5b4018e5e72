/**
 * Canary secrets are planted, every path that touches them is driven, and nothing that leaves the
 * function (or that it can look at by accident) may hold any part of them.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { BaseProvider } from "@aws-lambda-powertools/parameters/base";
import middy from "@middy/core";
import {
  captureOutput,
  captureSecurityEvents,
  httpEvent,
  invoke,
  lambdaContext,
  startLocalAws,
} from "@middy-hardening/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import * as z from "zod";
import {
  appConfig,
  fromProvider,
  parameterStore,
  secretsLoader,
  secretsManager,
  withRotation,
} from "../src/index.ts";
import { stopClock, withoutChance } from "./support.ts";

/** With what URLs and JSON escape, what is two bytes long, and no word of any language. */
const CANARY = 'q7#Vk"2\\Xw/9mZ+tR4é%yB8~hN3&jC5=pD6';
const OTHER = "0xUJt_Q1gSsLfa-5ePzW7Iu3OcMb9r";

/** Every part of eight characters, of every form in which a canary might show. */
const parts = new Set(
  [CANARY, OTHER].flatMap((canary) => {
    const bytes = Buffer.from(canary);
    const escaped = JSON.stringify(canary).slice(1, -1);
    const forms = [
      canary,
      escaped,
      JSON.stringify(escaped).slice(1, -1),
      encodeURIComponent(canary),
      bytes.toString("hex"),
      (bytes.toString("hex").match(/../g) ?? []).join(" "),
      [...bytes].join(", "),
      // The alignment of base64 depends on what stands before.
      ...[0, 1, 2].flatMap((skip) => [
        bytes.subarray(skip).toString("base64"),
        bytes.subarray(skip).toString("base64url"),
      ]),
    ];
    return forms.flatMap((form) =>
      Array.from({ length: form.length - 7 }, (_, at) => form.slice(at, at + 8)),
    );
  }),
);

function leaksIn(text: string): string[] {
  const texts = [text, text.replace(/\s+/g, " ")];
  return [...parts].filter((part) => texts.some((one) => one.includes(part)));
}

/** As a handler prints it; looked up for each line, since the capture replaces the console's methods. */
function print(...values: readonly unknown[]): void {
  // biome-ignore lint/suspicious/noConsole: what is printed is what is searched
  console.log(...values);
  // biome-ignore lint/suspicious/noConsole: the same
  console.error(...values);
}

const show = (value: unknown): string => {
  const hidden = { showHidden: true, depth: null, maxArrayLength: null, maxStringLength: null };
  return (
    inspect(value, hidden) + inspect(value, { ...hidden, customInspect: false, getters: true })
  );
};

/** Everything that one invocation lets out, or leaves behind where it can be seen. */
async function traces(handler: object): Promise<string> {
  using output = captureOutput();
  using captured = captureSecurityEvents();
  const context = lambdaContext();
  const call = handler as (event: unknown, context: unknown) => Promise<unknown>;
  const seen: unknown[] = [];
  try {
    seen.push(await call(httpEvent("api-gateway-http"), context));
  } catch (error) {
    seen.push(error, String(error), (error as Error).stack, JSON.stringify(error));
  }
  const outcome = await invoke(call as never, httpEvent("api-gateway-http"), context);
  print(context, JSON.stringify(context), `${Object.values(context)}`);
  seen.push(outcome, context, structuredClone(Object.keys(context)), captured.events, process.env);
  seen.push(JSON.stringify(outcome), JSON.stringify(captured.events), JSON.stringify(process.env));
  return seen.map(show).join("\n") + output.text;
}

/** A handler that is careless with its context and its secrets, but does not reveal them. */
const careless = (loader: object) =>
  middy()
    .use(loader as ReturnType<typeof secretsLoader>)
    .handler(async (_event, context) => {
      const { secrets } = context;
      print(secrets, context, JSON.stringify(secrets), `${Object.values(secrets)}`);
      print(show(secrets), show({ ...secrets }), show(Object.entries(secrets)));
      return { statusCode: 200, body: JSON.stringify({ context, secrets }) };
    });

/** An endpoint that answers everything with the same. */
async function answering(status: number, body: string): Promise<object> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIA", secretAccessKey: "local" },
    maxAttempts: 1,
  };
}

describe("no part of a secret leaves the function", () => {
  it("when all goes well, in every form and from every source", async () => {
    await using aws = await startLocalAws({
      secrets: {
        text: CANARY,
        json: { password: CANARY, nested: [OTHER] },
        bytes: Buffer.from(CANARY),
      },
      parameters: { "/key": { secure: CANARY } },
      appConfig: { "orders/prod/flags": CANARY },
    });
    const { clientConfig } = aws;
    class Own extends BaseProvider {
      override async _get(): Promise<unknown> {
        return { password: CANARY };
      }
      override async _getMultiple(): Promise<undefined> {}
    }
    const handler = careless(
      secretsLoader({
        secrets: {
          text: { from: secretsManager("text", { clientConfig }) },
          json: { from: secretsManager("json", { clientConfig }), as: "json" },
          bytes: { from: secretsManager("bytes", { clientConfig }), as: "binary" },
          key: { from: parameterStore("/key", { clientConfig }) },
          flags: {
            from: appConfig({
              application: "orders",
              environment: "prod",
              name: "flags",
              clientConfig,
            }),
          },
          own: { from: fromProvider(new Own({}), "own"), as: "json" },
        },
      }),
    );
    const text = await traces(handler);
    expect(text).toContain("[secret bytes]");
    expect(leaksIn(text)).toEqual([]);
  });

  it("when AWS fails after the first load, or for good", async () => {
    withoutChance();
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { text: CANARY } });
    const { clientConfig } = aws;
    const handler = careless(
      secretsLoader({
        secrets: { text: { from: secretsManager("text", { clientConfig }) } },
        maxAgeMs: 100_000,
        maxStaleMs: 100_000,
        timeoutMs: 40,
      }),
    );
    let text = await traces(handler);
    for (const kind of ["accessDenied", "throttle", "garbage", "hang", "disconnect"] as const) {
      using fault = aws.fault({ kind });
      clock.pass(90_000);
      text += await traces(handler);
      clock.pass(120_000);
      text += await traces(handler);
      fault.remove();
      text += await traces(handler);
    }
    expect(text).toContain("secret_unavailable");
    expect(leaksIn(text)).toEqual([]);
  });

  it("when the secret is not what it should be", async () => {
    const values = [CANARY, `{"password":"${OTHER}`, { [CANARY]: OTHER }, { password: [CANARY] }];
    const schemas = [
      undefined,
      z.object({ password: z.string() }),
      z.strictObject({}),
      z.record(z.string(), z.literal("x")),
      z.record(z.string().regex(/^$/), z.any()),
      z.object({ password: z.tuple([z.enum(["a"])]) }),
      z.any().transform((value) => {
        throw Object.assign(new Error(JSON.stringify(value)), { value });
      }),
      z.any().refine(() => false, { error: ({ input }) => JSON.stringify(input) }),
    ];
    let text = "";
    for (const value of values) {
      await using aws = await startLocalAws({ secrets: { it: value } });
      const from = secretsManager("it", { clientConfig: aws.clientConfig });
      for (const schema of schemas) {
        text += await traces(
          careless(secretsLoader({ secrets: { it: { from, as: "json", schema } } })),
        );
      }
    }
    expect(text).toContain("secret_unavailable");
    expect(leaksIn(text)).toEqual([]);
  });

  it("when an answer of the service is broken, and the SDK's error holds it", async () => {
    const answers: [number, string][] = [
      [200, `{"SecretString":${JSON.stringify(CANARY)}`],
      [200, CANARY],
      [400, JSON.stringify({ __type: `${OTHER}Exception`, message: CANARY, Secret: CANARY })],
      [400, JSON.stringify({ __type: CANARY, Message: CANARY })],
      [500, CANARY],
    ];
    let text = "";
    for (const [status, body] of answers) {
      const clientConfig = await answering(status, body);
      for (const from of [
        secretsManager("it", { clientConfig }),
        parameterStore("it", { clientConfig }),
        appConfig({ application: "a", environment: "e", name: "n", clientConfig }),
      ]) {
        text += await traces(
          careless(secretsLoader({ secrets: { it: { from, as: "json" } }, timeoutMs: 40 })),
        );
      }
    }
    expect(text).toContain("secret_unavailable");
    expect(leaksIn(text)).toEqual([]);
  });

  it("when a provider throws an error that holds it", async () => {
    const from = {
      title: "own source",
      fetch: async () => {
        throw Object.assign(new Error(CANARY), { name: CANARY, code: OTHER, cause: { CANARY } });
      },
    };
    const text = await traces(careless(secretsLoader({ secrets: { it: { from } } })));
    expect(text).toContain("secret_unavailable");
    expect(leaksIn(text)).toEqual([]);
  });

  it("when a credential is refused, and cannot be renewed", async () => {
    await using aws = await startLocalAws({ secrets: { it: CANARY } });
    const from = secretsManager("it", { clientConfig: aws.clientConfig });
    const refused = Object.assign(new Error("password authentication failed"), { code: "28P01" });
    const handler = middy()
      .use(secretsLoader({ secrets: { it: { from } } }))
      .handler(async (_event, { secrets }) => {
        aws.fault({ kind: "accessDenied", times: 1 });
        return withRotation(
          secrets.it,
          () => {
            throw refused;
          },
          { isRejected: (error) => error === refused },
        );
      });
    const text = await traces(handler);
    expect(text).toContain("secret_unavailable");
    expect(leaksIn(text)).toEqual([]);
  });

  it("would be noticed: the search finds a canary in each of its forms", () => {
    for (const canary of [CANARY, OTHER]) {
      const leaks = [
        canary.slice(5, 13),
        JSON.stringify({ canary }),
        encodeURIComponent(canary),
        Buffer.from(`prefix ${canary}`).toString("base64"),
        show({ hidden: Buffer.from(canary) }),
        show(new Map([[1, { deep: [[canary]] }]])),
      ];
      for (const leak of leaks) expect(leaksIn(leak)).not.toEqual([]);
    }
  });
});
