import {
  AppConfigDataClient,
  StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata";
import { EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  GetSecretValueCommand,
  InternalServiceError,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { AccessDeniedException, GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type LocalAws, startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";

const start = () =>
  startLocalAws({
    secrets: { "prod/db": "one" },
    parameters: { "/prod/key": "two" },
    keys: ["alias/orders"],
    appConfig: { "orders/prod/flags": "three" },
  });

const getSecret = (aws: LocalAws, maxAttempts = 1, abortSignal?: AbortSignal) =>
  new SecretsManagerClient({ ...aws.clientConfig, maxAttempts }).send(
    new GetSecretValueCommand({ SecretId: "prod/db" }),
    abortSignal === undefined ? {} : { abortSignal },
  );
const getParameter = (aws: LocalAws) =>
  new SSMClient({ ...aws.clientConfig, maxAttempts: 1 }).send(
    new GetParameterCommand({ Name: "/prod/key" }),
  );
const encrypt = (aws: LocalAws) =>
  new KMSClient({ ...aws.clientConfig, maxAttempts: 1 }).send(
    new EncryptCommand({ KeyId: "alias/orders", Plaintext: Buffer.from("plain") }),
  );
const startSession = (aws: LocalAws) =>
  new AppConfigDataClient({ ...aws.clientConfig, maxAttempts: 1 }).send(
    new StartConfigurationSessionCommand({
      ApplicationIdentifier: "orders",
      EnvironmentIdentifier: "prod",
      ConfigurationProfileIdentifier: "flags",
    }),
  );
const calls = { getSecret, getParameter, encrypt, startSession };

const outcomes = (aws: LocalAws): string[] => aws.calls.map(({ outcome }) => outcome);

describe("faults on demand", () => {
  it("throttles as often as told, so that the client's retries come through", async () => {
    await using aws = await start();
    aws.fault({ kind: "throttle", operation: "GetSecretValue", times: 2 });
    await expect(getSecret(aws, 3)).resolves.toMatchObject({ SecretString: "one" });
    expect(outcomes(aws)).toEqual(["ThrottlingException", "ThrottlingException", "ok"]);
  });

  it("throttles each service as that service does", async () => {
    await using aws = await start();
    aws.fault({ kind: "throttle" });
    for (const [name, status] of [
      ["getSecret", 400],
      ["getParameter", 400],
      ["encrypt", 400],
      ["startSession", 429],
    ] as const) {
      await expect(calls[name](aws)).rejects.toMatchObject({
        name: "ThrottlingException",
        message: "Rate exceeded",
        $metadata: { httpStatusCode: status },
      });
    }
  });

  it("denies access as each service does, and no client tries again", async () => {
    await using aws = await start();
    aws.fault({ kind: "accessDenied" });
    for (const [name, status, action] of [
      ["getSecret", 400, "secretsmanager:GetSecretValue"],
      ["getParameter", 400, "ssm:GetParameter"],
      ["encrypt", 400, "kms:Encrypt"],
      ["startSession", 403, "appconfig:StartConfigurationSession"],
    ] as const) {
      await expect(calls[name](aws)).rejects.toMatchObject({
        name: "AccessDeniedException",
        message: expect.stringContaining(`is not authorized to perform: ${action} `),
        $metadata: { httpStatusCode: status },
      });
    }
    await expect(getParameter(aws)).rejects.toBeInstanceOf(AccessDeniedException);
    aws.clearCalls();
    await expect(getSecret(aws, 3)).rejects.toThrow();
    expect(outcomes(aws)).toEqual(["AccessDeniedException"]);
  });

  it("fails inside under each service's name for that, and clients try again", async () => {
    await using aws = await start();
    aws.fault({ kind: "internalError" });
    for (const [name, code] of [
      ["getSecret", "InternalServiceError"],
      ["getParameter", "InternalServerError"],
      ["encrypt", "KMSInternalException"],
      ["startSession", "InternalServerException"],
    ] as const) {
      await expect(calls[name](aws)).rejects.toMatchObject({
        name: code,
        $metadata: { httpStatusCode: 500 },
      });
    }
    aws.clearCalls();
    await expect(getSecret(aws, 2)).rejects.toBeInstanceOf(InternalServiceError);
    expect(outcomes(aws)).toEqual(["InternalServiceError", "InternalServiceError"]);
  });

  it("cuts the connection, and clients try again", async () => {
    await using aws = await start();
    aws.fault({ kind: "disconnect", times: 1 });
    await expect(getSecret(aws, 2)).resolves.toMatchObject({ SecretString: "one" });
    expect(outcomes(aws)).toEqual(["disconnect", "ok"]);
    aws.fault({ kind: "disconnect" });
    await expect(getSecret(aws)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("never answers, until the client gives up by its abort signal", async () => {
    await using aws = await start();
    aws.fault({ kind: "hang" });
    const abort = new AbortController();
    const request = getSecret(aws, 3, abort.signal);
    await expect.poll(() => outcomes(aws)).toEqual(["hang"]);
    abort.abort();
    await expect(request).rejects.toMatchObject({ name: "AbortError" });
    expect(outcomes(aws)).toEqual(["hang"]);
  });

  it("ends hanging connections when it is closed", async () => {
    const aws = await start();
    aws.fault({ kind: "hang" });
    const request = getSecret(aws);
    const refused = expect(request).rejects.toMatchObject({ code: "ECONNRESET" });
    await expect.poll(() => outcomes(aws)).toEqual(["hang"]);
    await aws.close();
    await refused;
  });

  it("answers garbage that no client takes for an answer", async () => {
    await using aws = await start();
    aws.fault({ kind: "garbage", service: "secretsmanager" });
    await expect(getSecret(aws)).rejects.toBeInstanceOf(SyntaxError);
    expect(outcomes(aws)).toEqual(["garbage"]);
  });

  it("answers after a delay, and then as the next fault says", async () => {
    await using aws = await start();
    aws.fault({ kind: "delay", delayMs: 1 });
    aws.fault({ kind: "delay", times: 1 });
    await expect(getSecret(aws)).resolves.toMatchObject({ SecretString: "one" });
    aws.fault({ kind: "accessDenied" });
    await expect(getSecret(aws)).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("does not carry out a delayed call whose client has left", async () => {
    await using aws = await start();
    aws.fault({ kind: "delay", delayMs: 600_000 });
    const abort = new AbortController();
    const request = getSecret(aws, 1, abort.signal);
    await expect.poll(() => outcomes(aws)).toEqual(["pending"]);
    abort.abort();
    await expect(request).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(() => outcomes(aws)).toEqual(["abandoned"]);
  });

  it("befalls only the service and the operation that it names", async () => {
    await using aws = await start();
    aws.fault({ kind: "accessDenied", service: "kms" });
    aws.fault({ kind: "accessDenied", operation: "GetParameter" });
    await expect(getSecret(aws)).resolves.toHaveProperty("SecretString");
    await expect(startSession(aws)).resolves.toHaveProperty("InitialConfigurationToken");
    await expect(encrypt(aws)).rejects.toThrow("kms:Encrypt");
    await expect(getParameter(aws)).rejects.toThrow("ssm:GetParameter");
  });

  it("uses the first added of several faults first", async () => {
    await using aws = await start();
    aws.fault({ kind: "accessDenied", times: 1 });
    aws.fault({ kind: "throttle", times: 1 });
    await expect(getSecret(aws)).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(getSecret(aws)).rejects.toMatchObject({ name: "ThrottlingException" });
    await expect(getSecret(aws)).resolves.toHaveProperty("SecretString");
  });

  it("takes back one fault, or all", async () => {
    await using aws = await start();
    {
      using _ = aws.fault({ kind: "accessDenied" });
      await expect(getSecret(aws)).rejects.toThrow();
    }
    await expect(getSecret(aws)).resolves.toHaveProperty("SecretString");
    const fault = aws.fault({ kind: "accessDenied" });
    fault.remove();
    await expect(getSecret(aws)).resolves.toHaveProperty("SecretString");
    aws.fault({ kind: "accessDenied" });
    aws.fault({ kind: "throttle" });
    aws.clearFaults();
    await expect(getSecret(aws)).resolves.toHaveProperty("SecretString");
  });

  it("refuses a fault that would never befall a call", async () => {
    await using aws = await start();
    for (const [fault, message] of [
      [{ kind: "trottle" }, 'option "kind" must be "throttle" or "internalError"'],
      [{ kind: "throttle", service: "s3" }, 'option "service" must be "kms"'],
      [{ kind: "throttle", operation: "GetSecretValu" }, 'option "operation" must be "CreateKey"'],
      [{ kind: "throttle", service: "kms", operation: "GetParameter" }, 'option "operation"'],
      [{ kind: "throttle", times: 0 }, 'option "times" must be a whole number of calls, 1 or more'],
      [{ kind: "delay", delay: 5 }, 'Did you mean "delayMs"?'],
    ] as const) {
      expect(() => aws.fault(fault as never)).toThrow(message);
    }
  });
});
