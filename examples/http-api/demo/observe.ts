/**
 * Sends one real HTTP request to both twins and observes what each of them let happen.
 *
 * The request goes over loopback to a server that makes the Lambda event of it; both twins are
 * invoked with that same event, and their outcomes are turned into what the client would receive.
 */
import { type ClientRequestArgs, request as httpRequest } from "node:http";
import {
  captureOutput,
  captureSecurityEvents,
  type HttpKind,
  httpAnswer,
  type InvocationOutcome,
  type InvokableHandler,
  invoke,
  serveHttp,
} from "@middy-hardening/testing";

/** A request as the demo's lists write it. */
export interface DemoRequest {
  readonly name: string;
  /** Default: `api-gateway-http`. */
  readonly kind?: HttpKind;
  /** Default: `GET`, or `POST` when there is a body. */
  readonly method?: string;
  /** Default: `/orders`. */
  readonly path?: string;
  /** `content-type: application/json` is added to a body unless it is given here; `""` leaves it out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: string | Uint8Array | object;
  /** Changes the event on its way, for what no HTTP client can make a gateway send. */
  readonly forge?: (event: Record<string, unknown>) => void;
}

/** What one twin made of a request, as its caller and the reader of its log see it. */
export interface Observation {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** What the function and the runtime wrote to the log. */
  readonly log: string;
  /** The error that the runtime reported, if the invocation failed. */
  readonly error: InvocationOutcome["error"];
  /** The names of the security events. */
  readonly events: readonly string[];
  /** Whether `Object.prototype` was changed. */
  readonly polluted: boolean;
}

export interface Observer extends AsyncDisposable {
  observe(request: DemoRequest): Promise<{ unprotected: Observation; hardened: Observation }>;
  /** The event that a gateway makes of a request. */
  eventOf(request: DemoRequest): Promise<Record<string, unknown>>;
}

/** @param twins the two handlers that are to be compared. */
export async function createObserver(twins: {
  readonly unprotected: InvokableHandler;
  readonly hardened: InvokableHandler;
}): Promise<Observer> {
  const recorders = new Map<HttpKind, Awaited<ReturnType<typeof recorder>>>();

  const eventOf = async (request: DemoRequest): Promise<Record<string, unknown>> => {
    const kind = request.kind ?? "api-gateway-http";
    let record = recorders.get(kind);
    if (record === undefined) recorders.set(kind, (record = await recorder(kind)));
    const event = await record.eventOf(request);
    request.forge?.(event);
    return event;
  };

  return {
    eventOf,
    async observe(request) {
      const { kind = "api-gateway-http" } = request;
      const event = await eventOf(request);
      return {
        unprotected: await observe(kind, twins.unprotected, event),
        hardened: await observe(kind, twins.hardened, event),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const record of recorders.values()) await record.close();
    },
  };
}

/** A server whose only work is to keep the event of each request. */
async function recorder(kind: HttpKind) {
  let received: unknown;
  const server = await serveHttp(() => ({ statusCode: 204 }), {
    kind,
    onInvocation: (event) => {
      received = event;
    },
  });
  return {
    close: () => server.close(),
    async eventOf(request: DemoRequest): Promise<Record<string, unknown>> {
      received = undefined;
      await send(server.url, request);
      if (received === undefined)
        throw new Error(`${request.name}: the gateway let no event through`);
      return received as Record<string, unknown>;
    },
  };
}

function send(url: string, request: DemoRequest): Promise<void> {
  const { body, path = "/orders", headers = {} } = request;
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  const sent = Object.entries({
    ...(body === undefined || hasType ? {} : { "content-type": "application/json" }),
    ...headers,
  }).filter(([, value]) => value !== "");
  const bytes =
    body === undefined || typeof body === "string" || body instanceof Uint8Array
      ? body
      : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const options: ClientRequestArgs = {
      method: request.method ?? (body === undefined ? "GET" : "POST"),
      path,
      headers: Object.fromEntries(sent),
      agent: false,
    };
    httpRequest(url, options, (response) => response.resume().once("end", resolve))
      .once("error", reject)
      .end(bytes);
  });
}

/** Invokes one handler, and observes what its caller and the reader of its log see. */
export async function observe(
  kind: HttpKind,
  handler: InvokableHandler,
  event: object,
): Promise<Observation> {
  using output = captureOutput();
  using security = captureSecurityEvents();
  const outcome = await invoke(handler, event);
  const answer = httpAnswer(kind, outcome);
  return {
    status: answer.status,
    headers: answer.headers,
    body: answer.body.toString("utf8"),
    log: [output.text, ...outcome.runtimeLog].join("\n"),
    error: outcome.error,
    events: security.events.map(({ name }) => name),
    polluted: takePollution(),
  };
}

/** Whether the attacks' marker arrived on `Object.prototype`; it is taken away again. */
function takePollution(): boolean {
  const prototype = Object.prototype as { isAdmin?: unknown };
  const polluted = "isAdmin" in prototype;
  delete prototype.isAdmin;
  return polluted;
}
