import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RuntimeApi, startRuntimeApi } from "../src/index.ts";

let api: RuntimeApi;
beforeEach(async () => {
  api = await startRuntimeApi();
});
afterEach(() => api.close());

const at = (path: string): string => `http://${api.address}/2018-06-01/runtime/${path}`;

/** A runtime client: takes the next invocation, without answering it. */
async function next(signal?: AbortSignal) {
  const response = await fetch(at("invocation/next"), signal === undefined ? {} : { signal });
  return {
    id: String(response.headers.get("lambda-runtime-aws-request-id")),
    deadlineMs: Number(response.headers.get("lambda-runtime-deadline-ms")),
    event: await response.json(),
  };
}

async function post(path: string, body: string) {
  const response = await fetch(at(path), { method: "POST", body });
  return { status: response.status, content: await response.json() };
}

/** Resolves when the server has seen what was sent or cut before. */
async function seen(): Promise<void> {
  for (let trip = 0; trip < 2; trip++) await post("elsewhere", "");
}

/** As `aws-lambda-ric` sends a stream: in parts, with trailers. */
function stream(id: string) {
  const sent = request(at(`invocation/${id}/response`), {
    method: "POST",
    headers: {
      "lambda-runtime-function-response-mode": "streaming",
      trailer: "lambda-runtime-function-error-type, lambda-runtime-function-error-body",
    },
  });
  sent.on("error", () => {});
  return sent;
}

describe("a runtime client", () => {
  test("gets an event that waits for it, and answers it", async () => {
    const invoked = api.invoke({ orderId: 1 });
    const { id, event, deadlineMs } = await next();
    expect(event).toEqual({ orderId: 1 });
    expect(deadlineMs).toBeGreaterThan(Date.now());
    expect(await post(`invocation/${id}/response`, '{"ok":true}')).toMatchObject({ status: 202 });
    expect(await invoked).toEqual({ payload: '{"ok":true}' });
  });

  test("that waits gets the event once there is one", async () => {
    const asked = next();
    const invoked = api.invoke(undefined);
    const { id, event } = await asked;
    expect(event).toEqual({});
    await post(`invocation/${id}/response`, "null");
    expect(await invoked).toEqual({ payload: "null" });
  });

  test("works on many invocations at the same time, and answers them in any order", async () => {
    const invoked = [api.invoke("1"), api.invoke("2"), api.invoke("3")];
    const taken = [await next(), await next(), await next()];
    for (const { id, event } of taken.toReversed()) {
      await post(`invocation/${id}/response`, String(Number(event) * 10));
    }
    expect(await Promise.all(invoked)).toMatchObject([
      { payload: "10" },
      { payload: "20" },
      { payload: "30" },
    ]);
  });

  test("tells of a failure in its own words", async () => {
    const invoked = api.invoke({});
    const { id } = await next();
    const error = { errorType: "TypeError", errorMessage: "no", trace: ["TypeError: no"] };
    await post(`invocation/${id}/error`, JSON.stringify(error));
    expect(await invoked).toEqual({ payload: JSON.stringify(error), error });
  });

  test("whose answer is too large is refused, and the invoker told", async () => {
    const invoked = api.invoke({});
    const { id } = await next();
    const largest = await post(`invocation/${id}/response`, "x".repeat(6_291_557));
    expect(largest).toMatchObject({
      status: 413,
      content: { errorType: "RequestEntityTooLarge" },
    });
    expect(await invoked).toMatchObject({ error: { errorType: "Function.ResponseSizeTooLarge" } });
  });

  test("may answer with as many bytes as Lambda lets through", async () => {
    const invoked = api.invoke({});
    const { id } = await next();
    await post(`invocation/${id}/response`, "x".repeat(6_291_556));
    const { payload, error } = await invoked;
    expect(payload).toHaveLength(6_291_556);
    expect(error).toBeUndefined();
  });

  test("cannot answer what nobody asked, nor anything twice", async () => {
    const invoked = api.invoke({});
    const { id } = await next();
    await post(`invocation/${id}/response`, "1");
    const refused = { status: 400, content: { errorType: "InvalidRequestID" } };
    expect(await post(`invocation/${id}/response`, "2")).toMatchObject(refused);
    expect(await post("invocation/other/response", "2")).toMatchObject(refused);
    expect(await post("elsewhere", "2")).toMatchObject(refused);
    expect(await invoked).toEqual({ payload: "1" });
  });

  test("that leaves while it waits is not given anything", async () => {
    const leaving = new AbortController();
    const left = next(leaving.signal);
    await seen();
    const other = next();
    await seen();
    leaving.abort();
    await expect(left).rejects.toThrow("aborted");
    await seen();
    const invoked = api.invoke({ orderId: 2 });
    const { id, event } = await other;
    expect(event).toEqual({ orderId: 2 });
    await post(`invocation/${id}/response`, "2");
    expect(await invoked).toEqual({ payload: "2" });
  });
});

describe("a function that cannot be loaded", () => {
  const error = { errorType: "Error", errorMessage: "no configuration", trace: [] };

  test("fails the invocation that waits", async () => {
    const invoked = api.invoke({});
    expect(await post("init/error", JSON.stringify(error))).toMatchObject({ status: 202 });
    api.clientExited("exit status 1");
    expect(await invoked).toEqual({ payload: JSON.stringify(error), error });
  });

  test("fails the next invocation when none waits, and no other", async () => {
    await post("init/error", JSON.stringify(error));
    expect(await api.invoke({})).toMatchObject({ error });
    const invoked = api.invoke({});
    const { id } = await next();
    await post(`invocation/${id}/response`, "1");
    expect(await invoked).toEqual({ payload: "1" });
  });
});

describe("a function that cannot be loaded, twice", () => {
  test("fails each invocation with its own reason, and not with the end of the process before", async () => {
    const first = api.invoke({});
    await post("init/error", '{"errorType":"First"}');
    expect(await first).toMatchObject({ error: { errorType: "First" } });
    const second = api.invoke({});
    api.clientExited("exit status 1");
    await post("init/error", '{"errorType":"Second"}');
    expect(await second).toMatchObject({ error: { errorType: "Second" } });
  });

  test("and then ends without a word, fails as a process that ended", async () => {
    await post("init/error", '{"errorType":"First"}');
    api.clientExited("exit status 1");
    expect(await api.invoke({})).toMatchObject({ error: { errorType: "First" } });
    const invoked = api.invoke({});
    api.clientExited("exit status 1");
    expect(await invoked).toMatchObject({ error: { errorType: "Runtime.ExitError" } });
  });
});

describe("a client whose process has ended", () => {
  test("of its own accord has given no reason", async () => {
    const invoked = api.invoke({});
    await next();
    api.clientExited("exit status 0");
    const errorMessage = expect.stringMatching(
      /^RequestId: \S+ .* exited without providing a reason$/,
    );
    expect(await invoked).toMatchObject({ error: { errorMessage } });
  });

  test("fails what it worked on and what waited", async () => {
    const invoked = [api.invoke({}), api.invoke({})];
    await next();
    api.clientExited("exit status 7");
    const error = {
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: .* exited .*: exit status 7$/),
    };
    expect(await Promise.all(invoked)).toMatchObject([{ error }, { error }]);
  });

  test("in the middle of a buffered answer leaves none of it", async () => {
    const invoked = api.invoke({});
    const { id } = await next();
    const sent = request(at(`invocation/${id}/response`), {
      method: "POST",
      headers: { "content-length": 100 },
    });
    sent.on("error", () => {});
    sent.write('{"half":');
    await seen();
    sent.destroy();
    await seen();
    api.clientExited("signal: killed");
    const { payload, error } = await invoked;
    expect(error).toMatchObject({ errorType: "Runtime.ExitError" });
    expect(JSON.parse(payload)).toEqual(error);
  });
});

test("ends an invocation at the function's timeout, as Lambda tells of it", async () => {
  await using hasty = await startRuntimeApi({ timeoutMs: 50 });
  const invoked = hasty.invoke({});
  await fetch(`http://${hasty.address}/2018-06-01/runtime/invocation/next`);
  const errorMessage = expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 0\.05 s/);
  const error = { errorType: "Sandbox.Timedout", errorMessage };
  expect(await invoked).toMatchObject({ error, payload: expect.stringContaining("timed out") });
});

describe("a stream", () => {
  test("reaches the invoker whole, however large it is", async () => {
    const invoked = api.invoke({});
    const { id } = await next();
    const sent = stream(id);
    sent.write("x".repeat(6_291_556));
    sent.end("y");
    const { payload, error } = await invoked;
    expect(payload).toHaveLength(6_291_557);
    expect(error).toBeUndefined();
  });

  test("that failed ends with the error of its trailers", async () => {
    const invoked = api.invoke({});
    const { id } = await next();
    const error = { errorType: "Error", errorMessage: "ended", trace: [] };
    const sent = stream(id);
    sent.write("one, ");
    sent.addTrailers({
      "lambda-runtime-function-error-type": "Error",
      "lambda-runtime-function-error-body": Buffer.from(JSON.stringify(error)).toString("base64"),
    });
    sent.end();
    expect(await invoked).toEqual({ payload: "one, ", error });
  });

  test("that is cut by the timeout has told what came before", async () => {
    await using hasty = await startRuntimeApi({ timeoutMs: 500 });
    const invoked = hasty.invoke({});
    const path = `http://${hasty.address}/2018-06-01/runtime/invocation`;
    const { headers } = await fetch(`${path}/next`);
    const sent = request(`${path}/${headers.get("lambda-runtime-aws-request-id")}/response`, {
      method: "POST",
      headers: { "lambda-runtime-function-response-mode": "streaming" },
    });
    sent.on("error", () => {});
    sent.write("one, ");
    const error = { errorType: "Sandbox.Timedout" };
    expect(await invoked).toMatchObject({ payload: "one, ", error });
  });

  test("that is cut by the end of its process has told what came before", async () => {
    const invoked = api.invoke({});
    const { id } = await next();
    const sent = stream(id);
    sent.write("one, ");
    await seen();
    sent.destroy();
    api.clientExited("signal: killed");
    expect(await invoked).toMatchObject({
      payload: "one, ",
      error: { errorType: "Runtime.ExitError" },
    });
  });
});

describe("over HTTP, the invoker", () => {
  const invokeOver = (body?: string) =>
    fetch(api.invokeUrl, { method: "POST", ...(body !== undefined && { body }) });

  test("receives the result", async () => {
    const invoked = invokeOver('{"orderId":1}');
    const { id, event } = await next();
    expect(event).toEqual({ orderId: 1 });
    await post(`invocation/${id}/response`, "42");
    const response = await invoked;
    expect(response.headers.get("x-amz-function-error")).toBeNull();
    expect(await response.json()).toBe(42);
  });

  test("is told of a failure as Lambda tells it", async () => {
    const invoked = invokeOver();
    const { id, event } = await next();
    expect(event).toEqual({});
    const error = { errorType: "Error", errorMessage: "no", trace: [] };
    await post(`invocation/${id}/error`, JSON.stringify(error));
    const response = await invoked;
    expect(response.status).toBe(200);
    expect(response.headers.get("x-amz-function-error")).toBe("Unhandled");
    expect(await response.json()).toEqual(error);
  });

  test("cannot send what is no JSON", async () => {
    const response = await invokeOver("{");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ Type: "User" });
  });
});

test("refuses an event that is no JSON text", async () => {
  await expect(api.invoke("{")).rejects.toThrow(SyntaxError);
});

test("fails what is not finished when it is closed", async () => {
  const invoked = api.invoke({});
  await api.close();
  expect(await invoked).toMatchObject({ error: { errorType: "Runtime.ExitError" } });
});

test("refuses a wrong option when it is started", async () => {
  await expect(startRuntimeApi({ timeoutMs: -1 })).rejects.toThrow("timeoutMs");
});
