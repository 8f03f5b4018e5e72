import { AppConfigProvider } from "@aws-lambda-powertools/parameters/appconfig";
import { SecretsProvider } from "@aws-lambda-powertools/parameters/secrets";
import { SSMProvider } from "@aws-lambda-powertools/parameters/ssm";
import { startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";

describe("Powertools Parameters against the local endpoint", () => {
  it("gets secrets, parsed, by stage, and afresh after a rotation", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": { password: "one" } } });
    const provider = new SecretsProvider({ clientConfig: aws.clientConfig });
    expect(await provider.get("prod/db", { transform: "json" })).toEqual({ password: "one" });
    aws.rotateSecret("prod/db", { password: "two" });
    const fresh = { transform: "json", forceFetch: true } as const;
    expect(await provider.get("prod/db", fresh)).toEqual({ password: "two" });
    expect(
      await provider.get("prod/db", { ...fresh, sdkOptions: { VersionStage: "AWSPREVIOUS" } }),
    ).toEqual({ password: "one" });
  });

  it("gets, sets and lists parameters", async () => {
    await using aws = await startLocalAws({
      parameters: { "/prod/a": { secure: "one" }, "/prod/b": "two" },
    });
    const provider = new SSMProvider({ clientConfig: aws.clientConfig });
    expect(await provider.get("/prod/a", { decrypt: true })).toBe("one");
    expect(await provider.getMultiple("/prod", { decrypt: true })).toEqual({ a: "one", b: "two" });
    expect(await provider.set("/prod/c", { value: "three" })).toBe(1);
    expect(
      await provider.getParametersByName(
        { "/prod/a": { decrypt: true }, "/prod/c": {}, "/prod/none": {} },
        { throwOnError: false },
      ),
    ).toEqual({ "/prod/a": "one", "/prod/c": "three", _errors: ["/prod/none"] });
  });

  it("polls configurations, and gets the new one after a deployment", async () => {
    await using aws = await startLocalAws({ appConfig: { "orders/prod/flags": { fast: false } } });
    const provider = new AppConfigProvider({
      application: "orders",
      environment: "prod",
      clientConfig: aws.clientConfig,
    });
    const fresh = { transform: "json", forceFetch: true } as const;
    expect(await provider.get("flags", fresh)).toEqual({ fast: false });
    expect(await provider.get("flags", fresh)).toEqual({ fast: false });
    aws.putConfiguration("orders/prod/flags", { fast: true });
    expect(await provider.get("flags", fresh)).toEqual({ fast: true });
    expect(aws.calls.map(({ operation }) => operation)).toEqual([
      "StartConfigurationSession",
      "GetLatestConfiguration",
      "GetLatestConfiguration",
      "GetLatestConfiguration",
    ]);
  });
});
