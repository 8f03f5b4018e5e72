import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import { type AddressInfo, connect } from "node:net";
import middy from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import { atSettlement, PublicError } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  type InvocationOutcome,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { errorSanitizer } from "../src/index.ts";

const host = "cloudformation-custom-resource-response-useast1.s3.amazonaws.com";
const requestId = "7d3a1f0e-9c64-4b1d-8f2a-5e6b7c8d9e0f";

const createEvent = {
  RequestType: "Create",
  ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:orders",
  ResponseURL: `https://${host}/arn%3Aaws%3Acloudformation%7C1?X-Amz-Signature=abc%2Fdef&X-Amz-Expires=7200`,
  StackId: "arn:aws:cloudformation:us-east-1:123456789012:stack/orders/271845b0",
  RequestId: "b1f50fdf-c25f-4b3b-8a6e-0d9c8b7a6f5e",
  LogicalResourceId: "Database",
  ResourceType: "Custom::Database",
  ResourceProperties: { ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:orders" },
};

const updateEvent = {
  ...createEvent,
  RequestType: "Update",
  PhysicalResourceId: "db-4711",
  OldResourceProperties: {},
};

interface Put {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** The bucket, as a server on this machine; only the way to it is changed: no name, no TLS. */
let puts: Put[];
let statuses: number[];
let respond: (response: ServerResponse) => void;
const bucket = createServer(async (message, response) => {
  let body = "";
  for await (const chunk of message) body += chunk;
  const { method, url, headers } = message;
  puts.push({ method, url, headers, body });
  respond(response);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    bucket.listen(0, "127.0.0.1", resolve);
  });
  const { port } = bucket.address() as AddressInfo;
  vi.spyOn(https.Agent.prototype, "createConnection").mockImplementation(() => connect(port));
});
beforeEach(() => {
  puts = [];
  statuses = [];
  respond = (response) => void response.writeHead(statuses.shift() ?? 200).end();
});
afterAll(() => {
  vi.restoreAllMocks();
  bucket.closeAllConnections();
  bucket.close();
});

const call = (
  event: unknown,
  thrown: unknown = new Error("connect postgres://app:hunter2@db"),
  timeoutMs = 30_000,
): Promise<InvocationOutcome> => {
  const handler = middy()
    .use(errorSanitizer())
    .use(httpErrorHandler({ logger: false }))
    .handler(() => {
      throw thrown;
    });
  return invoke(handler, event, lambdaContext({ awsRequestId: requestId, timeoutMs }));
};

const internal = {
  errorType: "InternalError",
  errorMessage: `Internal error (request id: ${requestId})`,
  trace: [""],
};

describe("a custom resource that fails", () => {
  test("tells CloudFormation, so that the stack does not hang, and ends well", async () => {
    using captured = captureSecurityEvents();
    const outcome = await call(createEvent);
    expect(puts).toEqual([
      {
        method: "PUT",
        url: "/arn%3Aaws%3Acloudformation%7C1?X-Amz-Signature=abc%2Fdef&X-Amz-Expires=7200",
        headers: expect.objectContaining({ host }),
        body: JSON.stringify({
          Status: "FAILED",
          Reason: internal.errorMessage,
          PhysicalResourceId: `create-failed-${createEvent.RequestId}`,
          StackId: createEvent.StackId,
          RequestId: createEvent.RequestId,
          LogicalResourceId: "Database",
        }),
      },
    ]);
    expect(outcome).toEqual({ payload: "null", result: null, runtimeLog: [] });
    expect(captured.events).toMatchObject([{ name: "sys_crash", outcome: "blocked" }]);
  });

  test("sends no content type: the URL is signed without one", async () => {
    await call(createEvent);
    expect(puts[0]?.headers).not.toHaveProperty("content-type");
    expect(puts[0]?.headers).toMatchObject({
      "content-length": String(Buffer.byteLength(puts[0]?.body ?? "")),
    });
  });

  test("keeps the id of a resource that there is", async () => {
    await call(updateEvent);
    await call({ ...updateEvent, RequestType: "Delete" });
    const ids = puts.map(({ body }) => JSON.parse(body).PhysicalResourceId);
    expect(ids).toEqual(["db-4711", "db-4711"]);
  });

  test("gives the words of a public error as the reason, bounded", async () => {
    await call(createEvent, new PublicError(422, { detail: "The name is taken." }));
    await call(createEvent, new PublicError(422, { detail: `\n${"ß".repeat(4000)}` }));
    const [first, second] = puts.map(({ body }) => JSON.parse(body).Reason);
    expect(first).toBe(`The name is taken. (request id: ${requestId})`);
    expect(second).toHaveLength(512);
    expect(Buffer.byteLength(puts[1]?.body ?? "")).toBeLessThan(4096);
  });

  test("tries again when S3 is busy or the connection breaks", async () => {
    statuses = [503, 500];
    expect((await call(createEvent)).result).toBeNull();
    expect(puts).toHaveLength(3);
    puts = [];
    let isBroken = true;
    respond = (response) => {
      if (isBroken) response.destroy();
      else response.end();
      isBroken = false;
    };
    expect((await call(createEvent)).result).toBeNull();
    expect(puts).toHaveLength(2);
  });

  test("fails when S3 stays busy, so that Lambda repeats it", async () => {
    statuses = [503, 503, 503];
    expect((await call(createEvent)).error).toEqual(internal);
    expect(puts).toHaveLength(3);
  });

  test.each([403, 301])("does not insist when S3 refuses: %d", async (status) => {
    statuses = [status];
    expect((await call(createEvent)).error).toEqual(internal);
    expect(puts).toHaveLength(1);
  });

  test("gives up in time when S3 does not answer", async () => {
    respond = () => {};
    expect((await call(createEvent, undefined, 400)).error).toEqual(internal);
    expect(puts).toHaveLength(1);
  });

  test("does not begin when there is no time left", async () => {
    expect((await call(createEvent, undefined, 50)).error).toEqual(internal);
    expect(puts).toEqual([]);
  });

  test("knows no remaining time in a container, and tells all the same", async () => {
    const handler = middy()
      .use(errorSanitizer())
      .handler(() => {
        throw new Error("secret");
      });
    expect(await handler(createEvent as never, {} as never)).toBeNull();
    expect(puts).toHaveLength(1);
  });

  test.each([
    ["a fraction", () => 1234.5],
    ["no number", () => Number.NaN],
    [
      "an error",
      () => {
        throw new Error("secret");
      },
    ],
    ["nothing, since it is no function", 3],
  ])("tells all the same when the context tells of its time %s", async (_, time) => {
    const handler = middy()
      .use(errorSanitizer())
      .handler(() => {
        throw new Error("secret");
      });
    const context = { ...lambdaContext(), getRemainingTimeInMillis: time };
    expect((await invoke(handler, createEvent, context as never)).result).toBeNull();
    expect(puts).toHaveLength(1);
  });

  test("is told so, too, when another middleware fails while the outcome is completed", async () => {
    const failing = (): never => {
      throw new Error("secret");
    };
    const handler = middy()
      .use(errorSanitizer())
      .before((request) => atSettlement(request, failing))
      .handler(failing);
    expect((await invoke(handler, createEvent)).result).toBeNull();
    expect(new Set(puts.map(({ body }) => JSON.parse(body).Status))).toEqual(new Set(["FAILED"]));
  });

  test("that another middleware has answered for is left to it", async () => {
    const handler = middy()
      .use(errorSanitizer())
      .onError((request) => {
        request.response = { answered: true };
      })
      .handler(() => {
        throw new Error("secret");
      });
    expect((await invoke(handler, createEvent)).result).toEqual({ answered: true });
    expect(puts).toEqual([]);
  });
});

describe("an event that only looks like one of CloudFormation", () => {
  const at = (url: unknown): unknown => ({ ...createEvent, ResponseURL: url });

  test.each([
    "https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/x",
    "https://cloudformation-custom-resource-response-apsoutheast2.s3.ap-southeast-2.amazonaws.com/x",
    "https://cloudformation-custom-resource-response-usgovwest1.s3.us-gov-west-1.amazonaws.com/x",
    "https://cloudformation-custom-resource-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn/x",
    "https://cloudformation-custom-resource-response-euscdeeast1.s3.eusc-de-east-1.amazonaws.eu/x",
  ])("is answered at each region's bucket: %s", async (url) => {
    expect((await call(at(url))).result).toBeNull();
    expect(puts[0]?.headers.host).toBe(new URL(url).host);
  });

  test.each([
    "https://attacker.example/x",
    `http://${host}/x`,
    `https://${host}:8443/x`,
    `https://user@${host}/x`,
    `https://:password@${host}/x`,
    `https://${host}.attacker.example/x`,
    `https://attacker.example/${host}`,
    `https://attacker.example#@${host}/`,
    `https://attacker-${host}/x`,
    "https://cloudformation-custom-resource-response-useast1.attacker.s3.amazonaws.com/x",
    "https://cloudformation-custom-resource-response-attacker.s3.amazonaws.com/x",
    "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com.attacker.example/x",
    "https://my-bucket.s3.amazonaws.com/cloudformation-custom-resource-response-useast1",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/x",
    "file:///etc/passwd",
    "not a URL",
    "",
  ])("is answered nowhere else, and fails: %s", async (url) => {
    expect((await call(at(url))).error).toEqual(internal);
    expect(puts).toEqual([]);
  });

  test("is answered nowhere when its request has no id, and fails as cleanly", async () => {
    const hostile = { ...createEvent, RequestId: { toString: 1 } };
    expect((await call(hostile)).error).toEqual(internal);
    expect(puts).toEqual([]);
  });

  test("fails as cleanly when the way to the bucket cannot even be begun", async () => {
    vi.mocked(https.Agent.prototype.createConnection).mockImplementationOnce(() => {
      throw new Error("secret");
    });
    expect((await call(createEvent)).error).toEqual(internal);
  });

  test("is answered nowhere when a middleware has taken the URL away", async () => {
    const handler = middy()
      .use(errorSanitizer())
      .before((request) => {
        request.event = null;
      })
      .handler(() => {
        throw new Error("secret");
      });
    const outcome = await invoke(handler, createEvent, lambdaContext({ awsRequestId: requestId }));
    expect(outcome.error).toEqual(internal);
  });
});
