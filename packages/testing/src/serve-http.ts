/**
 * A handler behind real HTTP: each request becomes an event, each outcome a response.
 *
 * @module
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type HttpAnswer, httpAnswer } from "./http-answer.ts";
import { type HttpKind, httpEvent, matchRoute } from "./http-event.ts";
import { type InvocationOutcome, type InvokableHandler, invoke } from "./invoke.ts";

/** How to serve a handler. */
export interface ServeHttpOptions {
  /** The integration whose events the handler gets. Default: `api-gateway-http`. */
  readonly kind?: HttpKind;
  /** Default: 0, a free port. */
  readonly port?: number;
  /** Default: `127.0.0.1`. */
  readonly host?: string;
  /** Routes whose path parameters the events have, such as `/orders/{id}`. Default: none. */
  readonly routes?: readonly string[];
  /** Told of every invocation once its outcome is known. */
  readonly onInvocation?: (event: unknown, outcome: InvocationOutcome) => void;
}

/** A server that runs until it is closed. */
export interface HttpServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`, without a slash at the end. */
  readonly url: string;
  /** Ends open connections and stops. */
  close(): Promise<void>;
}

/** What API Gateway passes to a function as text; all else arrives as base64. */
const TEXT_TYPE =
  /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml|javascript)|application\/x-www-form-urlencoded)/i;

/**
 * Serves a handler over HTTP on this machine until it is closed.
 *
 * ```ts
 * await using server = await serveHttp(handler, { routes: ["/orders/{id}"] });
 * const response = await fetch(`${server.url}/orders/1`);
 * ```
 *
 * @throws the listening error, such as `EADDRINUSE` for a busy port.
 */
export async function serveHttp(
  handler: InvokableHandler,
  options: ServeHttpOptions = {},
): Promise<HttpServer> {
  const {
    kind = "api-gateway-http",
    port = 0,
    host = "127.0.0.1",
    routes = [],
    onInvocation,
  } = options;
  // The gateway's own limits are not the subject here: headers larger than Node's default come through.
  const server = createServer({ maxHeaderSize: 1_048_576 }, async (message, response) => {
    const event = await readEvent(message, kind, routes);
    const outcome = await invoke(handler, event);
    onInvocation?.(event, outcome);
    const answer = httpAnswer(kind, outcome);
    try {
      response.writeHead(answer.status, flatHeaders(answer));
      response.end(message.method === "HEAD" ? undefined : answer.body);
    } catch {
      // A header that no gateway would pass on, such as one with a line break.
      const { status, headers, body } = httpAnswer(kind, {
        payload: "",
        runtimeLog: [],
        error: invalid,
      });
      response.writeHead(status, flatHeaders({ status, headers, body })).end(body);
    }
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
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const invalid = { errorType: "InvalidResponse", errorMessage: "" };

const flatHeaders = (answer: HttpAnswer): string[] => answer.headers.flat();

async function readEvent(
  message: IncomingMessage,
  kind: HttpKind,
  routes: readonly string[],
): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const headers: Record<string, string[]> = {};
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index] as string;
    (headers[name] ??= []).push(message.rawHeaders[index + 1] as string);
  }
  const target = message.url as string;
  const path = target.split("?", 1)[0] as string;
  const route = routes.find((candidate) => matchRoute(candidate, path) !== null);
  const isText =
    message.headers["content-encoding"] === undefined &&
    TEXT_TYPE.test(message.headers["content-type"] ?? "");
  return httpEvent(kind, {
    method: message.method as string,
    path: target,
    // What httpEvent would add on its own must not hide that the client sent none.
    headers: { "Content-Type": [], "User-Agent": [], ...headers },
    ...(bytes.length === 0 ? {} : { body: isText ? asText(bytes) : bytes }),
    ...(route === undefined ? {} : { route }),
    ...(message.socket.remoteAddress === undefined
      ? {}
      : { sourceIp: message.socket.remoteAddress }),
  });
}

/** Text as UTF-8 where it is, and as bytes where it is not: nothing the client sent is changed. */
function asText(bytes: Buffer): string | Buffer {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : bytes;
}
