import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import {
  HTTP_KINDS,
  type HttpKind,
  type HttpServer,
  type InvocationOutcome,
  type ServeHttpOptions,
  serveHttp,
} from "../src/index.ts";

type Event = Readonly<Record<string, unknown>>;

/** Serves a handler that keeps the events it gets. */
async function serveEcho(options: ServeHttpOptions = {}) {
  const events: Event[] = [];
  const server = await serveHttp(async (event: Event) => {
    events.push(event);
    return { statusCode: 200, body: "ok" };
  }, options);
  return { server, events, [Symbol.asyncDispose]: () => server.close() };
}

const portOf = (server: HttpServer): number => Number(new URL(server.url).port);

/** What the server answers to these bytes on a socket. */
async function raw(server: HttpServer, bytes: string | Buffer): Promise<string> {
  const socket = connect(portOf(server), "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}

describe.each(HTTP_KINDS)("%s", (kind) => {
  it("gives the handler what the client sent, and the client what the handler returned", async () => {
    const handler = async (event: Event) => ({
      statusCode: 201,
      headers: { "x-method": event.httpMethod },
      multiValueHeaders: { "x-method": [event.httpMethod] },
      body: event.body,
      isBase64Encoded: event.isBase64Encoded,
    });
    const format2 = async (event: Event & { requestContext: { http: { method: string } } }) => ({
      ...(await handler(event)),
      headers: { "x-method": event.requestContext.http.method },
    });
    const isFormat2 = kind === "api-gateway-http" || kind === "function-url";
    await using server = await serveHttp(isFormat2 ? format2 : handler, { kind });
    const body = JSON.stringify({ name: "Zoë" });
    const response = await fetch(`${server.url}/orders?a=1`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get("x-method")).toBe("POST");
    expect(await response.text()).toBe(body);
  });

  it("answers a handler that throws with the gateway's own error", async () => {
    await using server = await serveHttp(
      async () => {
        throw new Error("hunter2");
      },
      { kind },
    );
    const response = await fetch(server.url);
    expect(response.status).toBe(kind === "api-gateway-http" ? 500 : 502);
    expect(await response.text()).not.toContain("hunter2");
  });

  it("refuses a body above the gateway's limit, without an invocation", async () => {
    const limits: Record<HttpKind, number> = {
      "api-gateway-rest": 10_485_760,
      "api-gateway-http": 10_485_760,
      "function-url": 6_291_456,
      alb: 1_048_576,
      "alb-multi-value": 1_048_576,
    };
    await using echo = await serveEcho({ kind });
    const post = (bytes: number) =>
      fetch(echo.server.url, { method: "POST", body: Buffer.alloc(bytes) });
    expect((await post(limits[kind])).status).toBe(200);
    expect(echo.events).toHaveLength(1);
    const refused = await post(limits[kind] + 1);
    expect(refused.status).toBe(413);
    expect(await refused.text()).toMatch(/Too L/);
    expect(echo.events).toHaveLength(1);
  });
});

describe("what a client sends", () => {
  it("a body of 6 MB arrives whole", async () => {
    await using echo = await serveEcho();
    const body = JSON.stringify("x".repeat(6_000_000));
    await fetch(echo.server.url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(echo.events[0]?.body).toBe(body);
  });

  it.each<[HttpKind, string, boolean]>([
    ["api-gateway-http", "application/json", false],
    ["api-gateway-http", "application/json; charset=utf-8", false],
    ["api-gateway-http", "TEXT/plain", false],
    ["api-gateway-http", "application/x-www-form-urlencoded", true],
    ["api-gateway-http", "application/problem+json", true],
    ["api-gateway-http", "application/octet-stream", true],
    ["api-gateway-http", "", true],
    ["alb", "application/xml", false],
    ["alb", "application/x-www-form-urlencoded", true],
    ["function-url", "application/x-www-form-urlencoded", true],
    ["api-gateway-rest", "application/x-www-form-urlencoded", false],
    ["api-gateway-rest", "application/problem+json", false],
    ["api-gateway-rest", "image/png", true],
  ])("%s: a body of type %j arrives as base64: %s", async (kind, type, isBase64Encoded) => {
    await using echo = await serveEcho({ kind });
    const headers = type === "" ? "" : `Content-Type: ${type}\r\n`;
    await raw(
      echo.server,
      `POST / HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: 3\r\nConnection: close\r\n\r\na=1`,
    );
    expect(echo.events[0]).toMatchObject({
      isBase64Encoded,
      body: isBase64Encoded ? "YT0x" : "a=1",
    });
  });

  it("invalid UTF-8 and encoded content arrive as the bytes they are", async () => {
    await using echo = await serveEcho();
    const post = (body: Buffer, headers: Record<string, string>) =>
      fetch(echo.server.url, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...headers },
      });
    await post(Buffer.from([0x7b, 0xff, 0x7d]), {});
    await post(Buffer.from("{}"), { "content-encoding": "gzip" });
    expect(echo.events).toMatchObject([
      { body: "e/99", isBase64Encoded: true },
      { body: "e30=", isBase64Encoded: true },
    ]);
  });

  it("repeated headers arrive as the integration has them, whatever their names", async () => {
    const message =
      "GET / HTTP/1.1\r\nHost: x\r\nX-Role: user\r\nX-Role: guest\r\nx-role: admin\r\n" +
      "__proto__: 1\r\nconstructor: 2\r\nConnection: close\r\n\r\n";
    await using http = await serveEcho();
    await raw(http.server, message);
    expect(http.events[0]?.headers).toMatchObject({
      "x-role": "user,guest,admin",
      constructor: "2",
    });
    expect(Object.keys(http.events[0]?.headers as object)).toContain("__proto__");
    await using rest = await serveEcho({ kind: "api-gateway-rest" });
    await raw(rest.server, message);
    expect(rest.events[0]?.multiValueHeaders).toMatchObject({
      "X-Role": ["user", "guest"],
      "x-role": ["admin"],
    });
  });

  it("2,500 headers arrive, and nothing is added that the client did not send", async () => {
    await using echo = await serveEcho();
    const many = Array.from({ length: 2_500 }, (_, index) => `X-${index}: ${index}\r\n`).join("");
    await raw(echo.server, `GET / HTTP/1.1\r\nHost: x\r\n${many}Connection: close\r\n\r\n`);
    const headers = echo.events[0]?.headers as Record<string, string>;
    expect(headers["x-2499"]).toBe("2499");
    expect(headers).not.toHaveProperty("user-agent");
    expect(headers).not.toHaveProperty("content-type");
    expect(echo.events[0]).not.toHaveProperty("body");
  });

  it("the path arrives with the parameters of its route, and the address of the client", async () => {
    await using echo = await serveEcho({ routes: ["/orders", "/orders/{id}"] });
    await fetch(`${echo.server.url}/orders/a%2Fb?x=1`);
    await fetch(`${echo.server.url}/other`);
    expect(echo.events).toMatchObject([
      {
        routeKey: "GET /orders/{id}",
        rawPath: "/orders/a%2Fb",
        pathParameters: { id: "a/b" },
        requestContext: { http: { sourceIp: "127.0.0.1" } },
      },
      { routeKey: "$default" },
    ]);
  });

  it("a client that goes away in the middle of its body is no invocation", async () => {
    await using echo = await serveEcho();
    const socket = connect(portOf(echo.server), "127.0.0.1");
    socket.write(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\nabc",
    );
    // The server has begun to read.
    await once(socket, "data");
    socket.destroy();
    expect((await fetch(echo.server.url)).status).toBe(200);
    expect(echo.events).toHaveLength(1);
  });
});

describe("what a client receives", () => {
  it("each value of a repeated header", async () => {
    await using server = await serveHttp(async () => ({
      statusCode: 200,
      cookies: ["a=1", "b=2"],
    }));
    expect((await fetch(server.url)).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("the bytes of a binary body", async () => {
    await using server = await serveHttp(async () => ({
      statusCode: 200,
      body: "AP8=",
      isBase64Encoded: true,
    }));
    expect(await (await fetch(server.url)).bytes()).toEqual(new Uint8Array([0, 255]));
  });

  it("no body to HEAD", async () => {
    await using echo = await serveEcho();
    const answer = await raw(
      echo.server,
      "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\n\r\n$/);
  });

  it("no header that the handler was made to break out of its line", async () => {
    await using server = await serveHttp(async () => ({
      statusCode: 302,
      headers: { location: "/\r\nset-cookie: admin=1" },
    }));
    const answer = await raw(server, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1.1 500 /);
    expect(answer).not.toContain("admin");
  });

  it("no header of the connection that the handler made up", async () => {
    await using server = await serveHttp(async () => ({
      statusCode: 200,
      headers: { "Content-Length": "1", "Transfer-Encoding": "gzip", Connection: "upgrade" },
      body: "whole",
    }));
    expect(await (await fetch(server.url)).text()).toBe("whole");
  });
});

describe("the server", () => {
  it("tells of every invocation", async () => {
    const seen: [unknown, InvocationOutcome][] = [];
    await using server = await serveHttp(async () => "hi", {
      onInvocation: (event, outcome) => seen.push([event, outcome]),
    });
    await fetch(server.url);
    expect(seen).toMatchObject([[{ rawPath: "/" }, { payload: '"hi"' }]]);
  });

  it("rejects when its port is taken", async () => {
    await using server = await serveHttp(async () => "hi");
    await expect(serveHttp(async () => "hi", { port: portOf(server) })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });

  it("ends open connections when it is closed, and may be closed twice", async () => {
    const invoked = Promise.withResolvers<void>();
    const server = await serveHttp(() => {
      invoked.resolve();
      return new Promise(() => {});
    });
    const ended = vi.fn();
    httpRequest(server.url).on("error", ended).end();
    await invoked.promise;
    await server.close();
    await server.close();
    await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
  });

  it("listens on another address", async () => {
    await using server = await serveHttp(async () => "hi", { host: "::1" }).catch(() =>
      // A machine without IPv6.
      serveHttp(async () => "hi", { host: "localhost" }),
    );
    expect(await (await fetch(server.url)).text()).toBe("hi");
  });

  it("refuses wrong options", async () => {
    const start = (options: object) => serveHttp(async () => "hi", options);
    await expect(start({ ports: 1 })).rejects.toThrow(
      '@middy-hardening/testing serveHttp: unknown option "ports". Did you mean "port"?',
    );
    await expect(start({ port: 65_536 })).rejects.toThrow("must be a port, 0 to 65535");
    await expect(start({ kind: "lattice" })).rejects.toThrow('"api-gateway-rest" or ');
  });
});
