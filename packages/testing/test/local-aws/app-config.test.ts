import {
  AppConfigDataClient,
  BadRequestException,
  GetLatestConfigurationCommand,
  ResourceNotFoundException,
  StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata";
import { startLocalAws } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";

async function start() {
  const aws = await startLocalAws({
    appConfig: {
      "orders/prod/flags": { fast: true },
      "orders/prod/text": "plain",
      "orders/prod/bytes": Buffer.from([0, 255]),
    },
  });
  const client = new AppConfigDataClient(aws.clientConfig);
  const begin = async (path: string, minimum?: number) => {
    const [application, environment, profile] = path.split("/");
    const { InitialConfigurationToken } = await client.send(
      new StartConfigurationSessionCommand({
        ApplicationIdentifier: application,
        EnvironmentIdentifier: environment,
        ConfigurationProfileIdentifier: profile,
        ...(minimum === undefined ? {} : { RequiredMinimumPollIntervalInSeconds: minimum }),
      }),
    );
    return InitialConfigurationToken;
  };
  const poll = (ConfigurationToken: string | undefined) =>
    client.send(new GetLatestConfigurationCommand({ ConfigurationToken }));
  return { aws, begin, poll };
}

const problem = async (request: Promise<unknown>): Promise<unknown> => {
  const error = await request.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BadRequestException);
  const { Details, Reason } = error as BadRequestException;
  expect(Reason).toBe("InvalidParameters");
  return Details?.InvalidParameters?.["ConfigurationToken"]?.Problem;
};

afterEach(() => {
  vi.useRealTimers();
});

describe("local AppConfig Data", () => {
  it("gives objects, texts and bytes with their content types", async () => {
    const { aws, begin, poll } = await start();
    await using _ = aws;
    for (const [profile, type, content] of [
      ["flags", "application/json", '{"fast":true}'],
      ["text", "text/plain", "plain"],
      ["bytes", "application/octet-stream", "\0\xFF"],
    ] as const) {
      const answer = await poll(await begin(`orders/prod/${profile}`));
      expect(answer.ContentType).toBe(type);
      expect(Buffer.from(answer.Configuration ?? []).toString("latin1")).toBe(content);
      expect(answer.NextPollIntervalInSeconds).toBe(60);
    }
  });

  it("refuses a token that was used before", async () => {
    const { aws, begin, poll } = await start();
    await using _ = aws;
    const token = await begin("orders/prod/flags");
    const { NextPollConfigurationToken } = await poll(token);
    expect(NextPollConfigurationToken).not.toBe(token);
    expect(await problem(poll(token))).toBe("Corrupted");
    await expect(poll(NextPollConfigurationToken)).resolves.toHaveProperty("ContentType");
  });

  it("refuses a token that is older than a day", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { aws, begin, poll } = await start();
    await using _ = aws;
    const { NextPollConfigurationToken } = await poll(await begin("orders/prod/flags"));
    vi.setSystemTime(Date.now() + 25 * 60 * 60 * 1000);
    expect(await problem(poll(NextPollConfigurationToken))).toBe("Expired");
  });

  it("refuses a poll before the interval that the session asked for", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { aws, begin, poll } = await start();
    await using _ = aws;
    const first = await poll(await begin("orders/prod/flags", 30));
    expect(first.NextPollIntervalInSeconds).toBe(30);
    expect(await problem(poll(first.NextPollConfigurationToken))).toBe("PollIntervalNotSatisfied");
    vi.setSystemTime(Date.now() + 30_000);
    await expect(poll(first.NextPollConfigurationToken)).resolves.toHaveProperty("ContentType");
  });

  it("names the part of a configuration's path that does not exist", async () => {
    const { aws, begin } = await start();
    await using _ = aws;
    for (const [path, type] of [
      ["other/prod/flags", "Application"],
      ["orders/test/flags", "Environment"],
      ["orders/prod/other", "ConfigurationProfile"],
    ] as const) {
      const error = await begin(path).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ResourceNotFoundException);
      expect(error).toMatchObject({ ResourceType: type, $metadata: { httpStatusCode: 404 } });
    }
  });

  it("refuses an interval out of range and a session without a profile", async () => {
    const { aws, begin } = await start();
    await using _ = aws;
    await expect(begin("orders/prod/flags", 5)).rejects.toBeInstanceOf(BadRequestException);
    expect(aws.calls.map(({ outcome }) => outcome)).toEqual(["BadRequestException"]);
  });
});
