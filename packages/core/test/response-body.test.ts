import { PassThrough, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { asResponseBody } from "@middy-hardening/core";
import { expect, test } from "vitest";

/** A stream that fails once its first part has left. */
async function* parts(): AsyncGenerator<string> {
  yield "half";
  await new Promise((resolve) => setTimeout(resolve, 5));
  throw new Error("no more");
}

const METHODS = [
  ...["destroy", "emit", "end", "listenerCount", "off", "on", "once", "prependListener"],
  ...["removeListener", "write"],
];

/** The runtime's stream: of a request, of which the handler sees a part. */
function lambdaStream() {
  const request = new PassThrough();
  const events: string[] = [];
  request.on("error", () => events.push("error"));
  const facade: Record<string, unknown> = { setContentType() {} };
  for (const name of METHODS) {
    facade[name] = (request as unknown as Record<string, () => unknown>)[name]?.bind(request);
  }
  for (const name of ["destroyed", "writable", "writableFinished", "writableNeedDrain"] as const) {
    Object.defineProperty(facade, name, { get: () => request[name] });
  }
  return { request, events, stream: facade as unknown as Writable };
}

test("the runtime's stream is destroyed by a body that fails, which ends the process", async () => {
  const { request, events, stream } = lambdaStream();
  await expect(pipeline(Readable.from(parts()), stream)).rejects.toThrow("no more");
  expect([request.destroyed, events]).toEqual([true, ["error"]]);
});

test("it is not by a body that is made fit, and the runtime can still end it", async () => {
  const { request, events, stream } = lambdaStream();
  const body = asResponseBody(Readable.from(parts()));
  await expect(pipeline(body, stream)).rejects.toThrow("no more");
  expect([request.destroyed, events]).toEqual([false, []]);
  request.end();
  expect(await request.toArray()).toEqual([Buffer.from("half")]);
});

test("a body that comes to its end is whole", async () => {
  const { request, stream } = lambdaStream();
  const sent = pipeline(asResponseBody(Readable.from(["a", "b"])), stream);
  expect(String(Buffer.concat(await request.toArray()))).toBe("ab");
  await sent;
});

test("a body that is given up is destroyed, whoever receives it", async () => {
  const { request, stream } = lambdaStream();
  const body = asResponseBody(new PassThrough());
  const sent = expect(pipeline(body, stream)).rejects.toThrow("gone");
  request.destroy(new Error("gone"));
  await sent;
  expect(body.destroyed).toBe(true);
});

test("a receiver that is not the runtime's is destroyed as ever", async () => {
  const receiver = new Writable({ write: (_chunk, _encoding, done) => done() });
  const body = asResponseBody(Readable.from(parts()));
  await expect(pipeline(body, receiver)).rejects.toThrow("no more");
  expect(receiver.destroyed).toBe(true);
});
