import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { BaseProvider } from "@aws-lambda-powertools/parameters/base";
import { DynamoDBProvider } from "@aws-lambda-powertools/parameters/dynamodb";
import { SecretsProvider } from "@aws-lambda-powertools/parameters/secrets";
import { startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import { fromProvider, secretsLoader } from "../src/index.ts";
import { callsOf, causeOf, refusalOf, revealing, run, stopClock } from "./support.ts";

/** A team's own provider: its values come from a map, or what the map has instead of values. */
class MapProvider extends BaseProvider {
  readonly asked: unknown[] = [];
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: Readonly<Record<string, unknown>>) {
    super({});
    this.#values = new Map(Object.entries(values));
  }

  override async _get(name: string, options?: unknown): Promise<unknown> {
    this.asked.push(options);
    const value = this.#values.get(name);
    return typeof value === "function" ? value(options) : value;
  }

  override async _getMultiple(): Promise<undefined> {}
}

const loaderOf = (provider: BaseProvider, name: string, options: object = {}) =>
  secretsLoader({
    secrets: { it: { from: fromProvider(provider, name), ...options } },
    timeoutMs: 200,
  });

describe("fromProvider", () => {
  it("takes the values of a team's own provider", async () => {
    const provider = new MapProvider({
      text: "first value",
      bytes: Uint8Array.of(1),
      json: { a: 1 },
    });
    expect(await run(revealing(loaderOf(provider, "text")))).toEqual({ it: "first value" });
    expect(await run(revealing(loaderOf(provider, "bytes", { as: "binary" })))).toEqual({
      it: Uint8Array.of(1),
    });
    expect(await run(revealing(loaderOf(provider, "json", { as: "json" })))).toEqual({
      it: { a: 1 },
    });
  });

  it("refuses a value of another form", async () => {
    const provider = new MapProvider({ json: { a: 1 }, nothing: undefined, null: null });
    expect(causeOf(await refusalOf(revealing(loaderOf(provider, "json"))))).toContain(
      "is not text",
    );
    expect(causeOf(await refusalOf(revealing(loaderOf(provider, "nothing"))))).toContain(
      "has no value",
    );
    expect(causeOf(await refusalOf(revealing(loaderOf(provider, "null"))))).toContain(
      "has no value",
    );
  });

  it("hands on its own signal, and gives up on a provider that does not heed it", async () => {
    let signal: AbortSignal | undefined;
    const provider = new MapProvider({
      stuck: ({ abortSignal }: { abortSignal: AbortSignal }) => {
        signal = abortSignal;
        return new Promise(() => {});
      },
    });
    expect((await refusalOf(revealing(loaderOf(provider, "stuck")))).code).toBe(
      "secret_unavailable",
    );
    expect(signal?.aborted).toBe(true);
  });

  it("tells nothing of what a provider throws but names of a known form", async () => {
    const hostile = new Proxy(new Error("canary"), {
      get: () => {
        throw new Error("canary");
      },
    });
    const thrown: [unknown, string][] = [
      [new Error("canary"), "an unknown error"],
      [Object.assign(new Error("canary"), { name: "canaryException" }), "an unknown error"],
      [
        Object.assign(new Error("canary"), { code: "ECANARY", $metadata: { httpStatusCode: 418 } }),
        "ECANARY, HTTP 418",
      ],
      ["canary", "an unknown error"],
      [undefined, "an unknown error"],
      [hostile, "an unknown error"],
    ];
    for (const [error, facts] of thrown) {
      const from = { title: "own source", fetch: () => Promise.reject(error) };
      const loader = secretsLoader({ secrets: { it: { from } } });
      expect(causeOf(await refusalOf(revealing(loader)))).toBe(
        `The secret "it" (own source) could not be loaded: ${facts}.`,
      );
    }
  });

  it("passes over the provider's cache, and leaves no value in it", async () => {
    const clock = stopClock();
    await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
    const provider = new SecretsProvider({ clientConfig: aws.clientConfig });
    await provider.get("prod/db", { maxAge: 1_000 });
    aws.putSecret("prod/db", "second value");
    expect(await run(revealing(loaderOf(provider, "prod/db")))).toEqual({ it: "second value" });
    clock.pass(2_000_000);
    aws.clearCalls();
    await provider.get("prod/db");
    expect(callsOf(aws)).toEqual(["GetSecretValue ok"]);
    const other = new SecretsProvider({ clientConfig: aws.clientConfig });
    await run(revealing(loaderOf(other, "prod/db")));
    expect((other as unknown as { store: Map<string, unknown> }).store.size).toBe(0);
  });

  it("aborts the calls of several secrets that share a provider apart", async () => {
    await using aws = await startLocalAws({ secrets: { one: "first value", two: "second value" } });
    aws.fault({ kind: "delay", delayMs: 60_000, times: 1 });
    const provider = new SecretsProvider({ clientConfig: aws.clientConfig });
    const slow = refusalOf(
      revealing(
        secretsLoader({ secrets: { it: { from: fromProvider(provider, "one") } }, timeoutMs: 1 }),
      ),
    );
    expect(await run(revealing(loaderOf(provider, "two")))).toEqual({ it: "second value" });
    expect((await slow).code).toBe("secret_unavailable");
  });

  it("takes the values of Powertools' DynamoDB provider, with options for its command", async () => {
    const asked: Record<string, unknown>[] = [];
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      asked.push(JSON.parse(body));
      response.setHeader("content-type", "application/x-amz-json-1.0");
      response.end('{"Item":{"value":{"S":"first value"}}}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const provider = new DynamoDBProvider({
      tableName: "settings",
      clientConfig: {
        endpoint: `http://127.0.0.1:${port}`,
        region: "eu-west-1",
        credentials: { accessKeyId: "AKIA", secretAccessKey: "local" },
      },
    });
    const from = fromProvider(provider, "api-key", { sdkOptions: { ConsistentRead: true } });
    expect(await run(revealing(secretsLoader({ secrets: { it: { from } } })))).toEqual({
      it: "first value",
    });
    expect(asked).toMatchObject([
      { TableName: "settings", Key: { id: { S: "api-key" } }, ConsistentRead: true },
    ]);
    server.close();
    server.closeAllConnections();
  });

  it("needs a provider and a name", () => {
    expect(() => fromProvider("table" as never, "name")).toThrow(/"provider"/);
    expect(() => fromProvider(undefined as never, "name")).toThrow(/"provider"/);
    expect(() => fromProvider(new MapProvider({}), "")).toThrow(/"name"/);
  });
});
