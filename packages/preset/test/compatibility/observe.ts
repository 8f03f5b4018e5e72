/**
 * What a chain makes of an event: what its caller receives, and what it says in the log.
 */
import middy, { type MiddlewareObj } from "@middy/core";
import {
  captureOutput,
  captureSecurityEvents,
  httpEvent,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";

export const ORDER = { sku: "A-1" };
export const INTERNAL = "connect ECONNREFUSED 10.0.0.7:5432";

export const post = (body: object = ORDER): unknown =>
  httpEvent("api-gateway-http", { method: "POST", path: "/orders", body });

const bodyOf = (event: { body?: unknown }): { sku: string } =>
  typeof event.body === "string" ? JSON.parse(event.body) : (event.body as { sku: string });

/** A handler that takes the body as text or parsed, and tells whether it has what `ssm` fetches. */
export const serve = async (
  event: { body?: unknown },
  context?: { dsn?: string },
): Promise<unknown> => ({
  statusCode: 201,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ ordered: bodyOf(event).sku, hasDsn: context?.dsn !== undefined }),
});

export const fail = async (): Promise<never> => {
  throw new Error(INTERNAL);
};

export type Plugin = Parameters<typeof middy>[1];
export type Handle = (event: never, context: never) => unknown;

/** Invokes a function of these middlewares. */
export async function observe(
  chain: readonly MiddlewareObj[],
  event: unknown,
  handle: Handle = serve,
  plugin?: Plugin,
  timeoutMs?: number,
) {
  const handler = middy(plugin ?? {})
    .use([...chain])
    .handler(handle as never);
  using output = captureOutput();
  using security = captureSecurityEvents();
  const { result, error, payload } = await invoke(
    handler,
    event,
    lambdaContext(timeoutMs === undefined ? {} : { timeoutMs }),
  );
  const { statusCode: status, headers = {}, body } = Object(result);
  return {
    payload,
    result,
    error,
    status,
    headers: headers as Readonly<Record<string, string>>,
    body,
    lines: output.records.filter(({ message }) => message === "Invocation"),
    records: output.records,
    log: output.text,
    events: security.events.map(({ name }) => name),
  };
}
