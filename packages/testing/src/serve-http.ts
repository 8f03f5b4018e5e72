/**
 * A handler behind real HTTP: each request becomes an event, each outcome a response.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  callback,
  checkOptions,
  type OptionRule,
  oneOf,
  text,
  textList,
} from "@middy-hardening/core";
import { type HttpAnswer, httpAnswer, maxRequestBytes, tooLargeAnswer } from "./http-answer.ts";
import { HTTP_KINDS, type HttpKind, httpEvent, matchRoute } from "./http-event.ts";
import { type InvocationOutcome, type InvokableHandler, invoke } from "./invoke.ts";

/** How to serve a handler. */
export interface ServeHttpOptions {
  /** The integration whose events the handler gets. Default: `api-gateway-http`. */
  readonly kind?: HttpKind | undefined;
  /** The port to listen on; rejects with `EADDRINUSE` when it is taken. Default: 0, a free port. */
  readonly port?: number | undefined;
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Routes whose path parameters the events have, such as `/orders/{id}`. Default: none. */
  readonly routes?: readonly string[] | undefined;
  /** Told of every invocation once its outcome is known. Default: none. */
  readonly onInvocation?: ((event: unknown, outcome: InvocationOutcome) => void) | undefined;
}

/** A server that runs until it is closed. */
export interface HttpServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`, without a slash at the end. */
  readonly url: string;
  /** Ends open connections and stops. */
  close(): Promise<void>;
}

/** What an integration passes to a function as text; all else, and what has no type, arrives as base64. */
const TEXT_TYPE = /^(?:text\/|application\/(?:json|xml|javascript)\b)/i;

/** A REST API turns into base64 only what is configured as a binary media type. */
const REST_TEXT_TYPE =
  /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml|javascript)|application\/x-www-form-urlencoded)/i;

const portNumber: OptionRule = {
  expected: "a port, 0 to 65535",
  accepts: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
};

/** What belongs to the connection to the client: the gateway's own, whatever the function says. */
const CONNECTION_HEADERS = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Serves a handler over HTTP on this machine until it is closed.
 *
 * ```ts
 * await using server = await serveHttp(handler, { routes: ["/orders/{id}"] });
 * const response = await fetch(`${server.url}/orders/1`);
 * ```
 *
 * A request body above the integration's limit (10 MiB for API Gateway, 6 MiB for function URLs,
 * 1 MiB for an ALB) is answered with 413, as the integration does, without an invocation.
 *
 * @throws the listening error, such as `EADDRINUSE` for a busy port; TypeError for a wrong option.
 */
export async function serveHttp<Event>(
  handler: InvokableHandler<Event>,
  options: ServeHttpOptions = {},
): Promise<HttpServer> {
  const {
    kind = "api-gateway-http",
    port = 0,
    host = "127.0.0.1",
    routes = [],
    onInvocation,
  } = checkOptions("@middy-hardening/testing serveHttp", options, {
    kind: oneOf(...HTTP_KINDS),
    port: portNumber,
    host: text,
    routes: textList,
    onInvocation: callback,
  });
  // The gateway's own limits on headers are not the subject here: larger ones than Node's default come through.
  const server = createServer({ maxHeaderSize: 1_048_576 }, async (message, response) => {
    const body = await readBody(message, maxRequestBytes(kind));
    if (body === "aborted") return;
    if (body === "too large") return send(response, tooLargeAnswer(kind));
    const event = eventOf(message, body, kind, routes);
    const outcome = await invoke(handler, event);
    onInvocation?.(event, outcome);
    send(response, httpAnswer(kind, outcome));
  });
  server.maxHeadersCount = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const authority = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${authority}:${(server.address() as AddressInfo).port}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  const own = headers.filter(([name]) => !CONNECTION_HEADERS.has(name));
  // Node.js itself leaves the body out where HTTP has none (HEAD, 204, 304).
  response.writeHead(status, own.flat()).end(body);
}

/** The body; what is beyond the limit is read, so that the client sees its answer, but not kept. */
async function readBody(
  message: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | "aborted" | "too large"> {
  let chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of message) {
      length += chunk.length;
      if (length > maxBytes) chunks = [];
      else chunks.push(chunk as Buffer);
    }
  } catch {
    return "aborted";
  }
  return length > maxBytes ? "too large" : Buffer.concat(chunks);
}

function eventOf(
  message: IncomingMessage,
  body: Buffer,
  kind: HttpKind,
  routes: readonly string[],
): unknown {
  // What httpEvent would add on its own must not hide that the client sent none.
  const headers = new Map<string, string[]>([
    ["Content-Type", []],
    ["User-Agent", []],
  ]);
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index] as string;
    const values = headers.get(name) ?? [];
    values.push(message.rawHeaders[index + 1] as string);
    headers.set(name, values);
  }
  const target = message.url as string;
  const path = target.split("?", 1)[0] as string;
  const route = routes.find((candidate) => matchRoute(candidate, path) !== null);
  const textType = kind === "api-gateway-rest" ? REST_TEXT_TYPE : TEXT_TYPE;
  const isText =
    message.headers["content-encoding"] === undefined &&
    textType.test(message.headers["content-type"] ?? "");
  return httpEvent(kind, {
    method: message.method as string,
    path: target,
    headers: Object.fromEntries(headers),
    ...(body.length === 0 ? {} : { body: isText ? asText(body) : body }),
    ...(route === undefined ? {} : { route }),
    sourceIp: message.socket.remoteAddress as string,
  });
}

/** Text as UTF-8 where it is, and as bytes where it is not: nothing the client sent is changed. */
function asText(bytes: Buffer): string | Buffer {
  return isUtf8(bytes) ? bytes.toString() : bytes;
}
