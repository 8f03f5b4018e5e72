/** For the demo alone: the same order service with nothing around it. */
import { createDatabase, LOCAL_PASSWORD, LOCAL_SIGNING_KEY } from "../src/database.ts";
import { createOrders } from "../src/orders.ts";
import { type AnyHttpEvent, originOf, route } from "../src/router.ts";

const orders = createOrders(createDatabase());

/** Stands for this twin's environment variables: secrets in plain text, read when the function starts. */
export const environment = { DB_PASSWORD: LOCAL_PASSWORD, SIGNING_KEY: LOCAL_SIGNING_KEY };

interface PlainEvent extends AnyHttpEvent {
  readonly queryStringParameters?: Readonly<Record<string, string>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>>;
  readonly pathParameters: { readonly id: string };
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

const callerOf = (event: PlainEvent) => ({
  origin: originOf(event),
  databasePassword: environment.DB_PASSWORD,
  signingKey: environment.SIGNING_KEY,
});

function bodyOf({ body, isBase64Encoded }: PlainEvent) {
  const text = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8").toString();
  return JSON.parse(text);
}

const queryOf = (event: PlainEvent) => {
  const first = Object.entries(event.multiValueQueryStringParameters ?? {}).map(
    ([name, values]) => [name, values[0]] as const,
  );
  return event.queryStringParameters ?? Object.fromEntries(first);
};

export const handler = route({
  "POST /orders": (event: PlainEvent) => orders.create(bodyOf(event), callerOf(event)),
  "GET /orders/{id}": (event: PlainEvent) => orders.get(event.pathParameters.id, callerOf(event)),
  "GET /orders": (event: PlainEvent) => orders.list(queryOf(event), callerOf(event)),
  "OPTIONS /orders": (event: PlainEvent) => preflight(event),
  "*": () => ({ statusCode: 404, body: JSON.stringify({ code: "route_not_found" }) }),
});

function preflight(event: PlainEvent) {
  return {
    statusCode: 204,
    headers: {
      "access-control-allow-origin": callerOf(event).origin ?? "*",
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "*",
      "access-control-allow-headers": "*",
    },
  };
}
