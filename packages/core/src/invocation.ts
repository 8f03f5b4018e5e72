/**
 * The facts of one invocation that events, logs and errors may tell: who was called, by which
 * trigger, and for HTTP by which request. Never a header, query, body or record.
 *
 * @module
 */
import { type EventSource, eventSourceOf, isHttpSource } from "./event-source.ts";
import { headerValues } from "./http-request.ts";
import { printable } from "./printable.ts";
import { stateOf } from "./request-state.ts";
import { shared } from "./shared.ts";

/**
 * What identifies an invocation: Middy's request, or the event and context that a handler has,
 * whatever types its middlewares give them.
 */
export interface RequestLike {
  readonly event: unknown;
  readonly context: object;
}

/** The HTTP request of an invocation, without its query, headers and body. All fields are printable and bounded. */
export interface HttpInvocation {
  /** The request method, at most 32 characters. */
  readonly method: string;
  /** The path without the query, at most 1,024 characters. */
  readonly path: string;
  /** The address of the peer as AWS saw it; behind an ALB the last one that it appended. */
  readonly sourceIp: string;
  /** At most 256 characters; empty when there is none. */
  readonly userAgent: string;
  /** Whether header values came as lists, which an ALB then wants back in the same form. */
  readonly hasMultiValueHeaders: boolean;
}

/** The facts of one invocation. */
export interface Invocation {
  /** `context.awsRequestId`; empty when the context has none. */
  readonly requestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly eventSource: EventSource;
  /** Present for the sources of {@link isHttpSource}. */
  readonly http?: HttpInvocation;
}

/** The invocations under way. */
interface Registry {
  /** The one that began last, apart from the others, as nearly always it is the only one: 0.4 us a request. */
  context: object | undefined;
  invocation: Invocation | undefined;
  /** The others by context. */
  readonly others: WeakMap<object, Invocation>;
}

/**
 * For those who have no more of an invocation than its context: a handler, and a Middy handler that is
 * called by another one (a router, say), whose invocation is the same.
 */
const registry = /* @__PURE__ */ shared<Registry>("invocations", () => ({
  context: undefined,
  invocation: undefined,
  others: new WeakMap(),
}));

const underWay = (context: object): Invocation | undefined =>
  registry.context === context ? registry.invocation : registry.others.get(context);

/** The facts of the invocation that `request` belongs to, computed once. */
export function invocationOf(request: RequestLike): Invocation {
  if (!("internal" in request)) return underWay(request.context) ?? readInvocation(request);
  const state = stateOf(request);
  state.invocation ??= underWay(request.context) ?? readInvocation(request);
  return state.invocation;
}

/**
 * Makes the invocation known by its context until it ends; the inner one of nested Middy handlers
 * joins the outer one.
 *
 * @returns the context to end it with; `undefined` when it is not for this request to do so.
 */
export function beginInvocation(request: RequestLike): object | undefined {
  const { context } = request;
  if (Object(context) !== context || underWay(context) !== undefined) return undefined;
  const invocation = invocationOf(request);
  if (registry.context !== undefined) {
    registry.others.set(registry.context, registry.invocation as Invocation);
  }
  registry.context = context;
  registry.invocation = invocation;
  return context;
}

/** Forgets the invocation of a context. */
export function endInvocation(context: object): void {
  if (registry.context === context) {
    registry.context = undefined;
    registry.invocation = undefined;
  } else registry.others.delete(context);
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function readInvocation(request: RequestLike): Invocation {
  const { event } = request;
  const context = request.context as Readonly<Record<string, unknown>> | undefined;
  const eventSource = eventSourceOf(event);
  const requestId = textOf(context?.awsRequestId);
  const functionName = textOf(context?.functionName);
  const functionVersion = textOf(context?.functionVersion);
  if (!isHttpSource(eventSource)) return { requestId, functionName, functionVersion, eventSource };
  const http = readHttp(event as HttpFields);
  return { requestId, functionName, functionVersion, eventSource, http };
}

/** The fields of the HTTP events, of which each source has some. */
interface HttpFields {
  readonly httpMethod?: unknown;
  readonly path?: unknown;
  readonly rawPath?: unknown;
  readonly multiValueHeaders?: unknown;
  readonly requestContext: {
    readonly http?: { method?: unknown; sourceIp?: unknown; userAgent?: unknown };
    readonly identity?: { sourceIp?: unknown; userAgent?: unknown };
  };
}

function readHttp(event: HttpFields): HttpInvocation {
  const { http, identity } = event.requestContext;
  const peer = http ?? identity;
  return {
    method: printable(textOf(http?.method ?? event.httpMethod), 32),
    path: printable(textOf(event.rawPath ?? event.path), 1024),
    sourceIp: printable(textOf(peer?.sourceIp) || lastForwarded(event), 64),
    userAgent: printable(
      textOf(peer?.userAgent) || (headerValues(event, "user-agent")[0] ?? ""),
      256,
    ),
    hasMultiValueHeaders: event.multiValueHeaders != null,
  };
}

/**
 * An ALB has no field for the peer: it appends the address to `X-Forwarded-For`, so only the
 * last entry is not of the client's own making ("HTTP headers and Application Load Balancers").
 */
function lastForwarded(event: object): string {
  return headerValues(event, "x-forwarded-for").at(-1)?.split(",").at(-1)?.trim() ?? "";
}
