import { connect } from "node:net";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type LocalAws, startLocalAws } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";

/** A request as any client of the JSON protocol writes it. */
const post = (aws: LocalAws, target: string, body: string, version = "1.1") =>
  fetch(aws.endpoint, {
    method: "POST",
    headers: { "x-amz-target": target, "content-type": `application/x-amz-json-${version}` },
    body,
  });

describe("the local endpoint's protocol", () => {
  it("answers in the JSON protocol that the client speaks", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "one" } });
    for (const version of ["1.0", "1.1"]) {
      const response = await post(
        aws,
        "secretsmanager.GetSecretValue",
        '{"SecretId":"prod/db"}',
        version,
      );
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe(`application/x-amz-json-${version}`);
      expect(response.headers.get("x-amzn-requestid")).toMatch(/^[\da-f-]{36}$/);
      expect(await response.json()).toMatchObject({ SecretString: "one" });
    }
  });

  it("names an error in its body and in its header", async () => {
    await using aws = await startLocalAws();
    const response = await post(aws, "secretsmanager.GetSecretValue", '{"SecretId":"prod/db"}');
    expect(response.status).toBe(400);
    expect(response.headers.get("x-amzn-errortype")).toBe("ResourceNotFoundException");
    expect(await response.json()).toEqual({
      __type: "ResourceNotFoundException",
      Message: "Secrets Manager can't find the specified secret.",
    });
  });

  it("gives no message where AWS gives none", async () => {
    await using aws = await startLocalAws();
    const response = await post(aws, "AmazonSSM.GetParameter", '{"Name":"/none"}');
    expect(await response.json()).toEqual({ __type: "ParameterNotFound" });
  });

  it("refuses a body that is no JSON object", async () => {
    await using aws = await startLocalAws();
    for (const body of ["", "{", "[]", "null", '"text"']) {
      const response = await post(aws, "TrentService.Encrypt", body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ __type: "SerializationException" });
    }
    expect(aws.calls.map(({ input, outcome }) => [input, outcome])).toEqual(
      Array.from({ length: 5 }, () => [{}, "SerializationException"]),
    );
  });

  it("says which operation it does not have", async () => {
    await using aws = await startLocalAws();
    for (const operation of ["ReEncrypt", "constructor", "hasOwnProperty"]) {
      const response = await post(aws, `TrentService.${operation}`, "{}");
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        __type: "UnknownOperationException",
        message: `The local AWS endpoint does not support ${operation}.`,
      });
    }
  });

  it("does not know other services", async () => {
    await using aws = await startLocalAws();
    for (const response of [
      await post(aws, "DynamoDB_20120810.GetItem", "{}"),
      await fetch(`${aws.endpoint}/bucket/key`),
      await fetch(aws.endpoint, { method: "POST", body: "Action=GetCallerIdentity" }),
    ]) {
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ __type: "UnknownOperationException" });
    }
    expect(aws.calls).toEqual([]);
  });

  it("answers a poll without a token as a bad request", async () => {
    await using aws = await startLocalAws();
    const response = await fetch(`${aws.endpoint}/configuration`);
    expect(response.status).toBe(400);
    expect(response.headers.get("x-amzn-errortype")).toBe("BadRequestException");
  });

  it("outlives a client that leaves before its request is complete", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "one" } });
    const { hostname, port } = new URL(aws.endpoint);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve) => {
      socket.write("POST / HTTP/1.1\r\nHost: local\r\nContent-Length: 100\r\n\r\n{", () =>
        resolve(),
      );
    });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.destroy();
    await closed;
    const response = await post(aws, "secretsmanager.GetSecretValue", '{"SecretId":"prod/db"}');
    expect(response.status).toBe(200);
    expect(aws.calls).toHaveLength(1);
  });

  it("answers an internal failure when the test's own function throws", async () => {
    await using aws = await startLocalAws({
      secrets: { "prod/db": "one" },
      rotate: () => {
        throw new Error("no password left");
      },
    });
    const response = await post(aws, "secretsmanager.RotateSecret", '{"SecretId":"prod/db"}');
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      __type: "InternalFailure",
      Message: "Error: no password left",
    });
  });
});

describe("the local endpoint", () => {
  it("logs what it received", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "one" } });
    const client = new SecretsManagerClient(aws.clientConfig);
    await client.send(new GetSecretValueCommand({ SecretId: "prod/db" }));
    expect(aws.calls).toEqual([
      {
        service: "secretsmanager",
        operation: "GetSecretValue",
        input: { SecretId: "prod/db" },
        time: expect.any(Date),
        outcome: "ok",
      },
    ]);
    aws.clearCalls();
    expect(aws.calls).toEqual([]);
  });

  it("configures clients by environment variables too", async () => {
    await using aws = await startLocalAws({ secrets: { "prod/db": "one" }, region: "us-east-1" });
    const before = { ...process.env };
    Object.assign(process.env, aws.environment);
    try {
      const client = new SecretsManagerClient();
      const answer = await client.send(new GetSecretValueCommand({ SecretId: "prod/db" }));
      expect(answer).toMatchObject({ SecretString: "one" });
      expect(answer.ARN).toContain(":us-east-1:");
    } finally {
      for (const name of Object.keys(aws.environment)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  it("puts its region and account into ARNs", async () => {
    await using aws = await startLocalAws({
      keys: ["alias/orders"],
      region: "eu-north-1",
      accountId: "210987654321",
    });
    expect(aws.region).toBe("eu-north-1");
    expect(aws.keyArn("alias/orders")).toMatch(/^arn:aws:kms:eu-north-1:210987654321:key\//);
  });

  it("stops listening when it is closed, twice without harm", async () => {
    const aws = await startLocalAws();
    await aws.close();
    await aws.close();
    await expect(fetch(aws.endpoint)).rejects.toThrow();
  });

  it("says that a port is taken", async () => {
    await using aws = await startLocalAws();
    const port = Number(new URL(aws.endpoint).port);
    await expect(startLocalAws({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("refuses options that it does not know or that are of the wrong type", async () => {
    await expect(startLocalAws({ secret: {} } as never)).rejects.toThrow(
      '@middy-hardening/testing: startLocalAws: unknown option "secret". Did you mean "secrets"?',
    );
    await expect(startLocalAws({ keys: "alias/orders" } as never)).rejects.toThrow(
      'option "keys" must be an array of non-empty strings',
    );
    await expect(startLocalAws({ appConfig: { flags: "one" } })).rejects.toThrow(
      '"flags" is not of the form application/environment/profile.',
    );
  });
});
