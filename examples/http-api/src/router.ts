/**
 * One function for all routes: finds the operation by method and path, for every kind of HTTP
 * event. (With one function a route, API Gateway does this instead.)
 */
import type { Context } from "aws-lambda";

/** A handler, whatever its middlewares make of the event and context. */
type RouteHandler = (event: never, context: never) => unknown;

export interface AnyHttpEvent {
  readonly rawPath?: string;
  readonly path?: string;
  readonly httpMethod?: string;
  readonly requestContext?: { readonly http?: { readonly method?: string } };
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  pathParameters?: Record<string, string | undefined> | null;
}

/** The origin of the web page that sent a request, for every kind of HTTP event. */
export function originOf({ headers, multiValueHeaders }: AnyHttpEvent): string | undefined {
  return headers?.origin ?? headers?.Origin ?? multiValueHeaders?.origin?.[0];
}

/** @param routes handlers by method and path, such as `GET /orders/{id}`; `*` for all other requests. */
export function route(
  routes: Readonly<Record<string, RouteHandler>> & { readonly "*": RouteHandler },
) {
  const table = Object.entries(routes).map(([key, handler]) => {
    const [method = "", path = ""] = key.split(" ");
    return { method, path: path.split("/"), handler };
  });

  return async (event: AnyHttpEvent, context: Context): Promise<unknown> => {
    const method = event.requestContext?.http?.method ?? event.httpMethod;
    const path = (event.rawPath ?? event.path ?? "").split("/");
    for (const entry of table) {
      const parameters = entry.method === method ? match(entry.path, path) : undefined;
      if (parameters === undefined) continue;
      event.pathParameters = parameters;
      return entry.handler(event as never, context as never);
    }
    return routes["*"](event as never, context as never);
  };
}

function match(pattern: readonly string[], path: readonly string[]) {
  if (pattern.length !== path.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const actual = path[index] ?? "";
    if (part.startsWith("{")) parameters[part.slice(1, -1)] = decodeURIComponent(actual);
    else if (part !== actual) return undefined;
  }
  return parameters;
}
