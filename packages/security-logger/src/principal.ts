/**
 * Who made a request, as the service in front of the function has verified it: the subject alone, of
 * all the claims that there are.
 *
 * @module
 */
import type { EventSource } from "@middy-hardening/core";

type Fields = Readonly<Record<string, unknown>>;

/** A member of a member, or `undefined` where there is none. */
const at = (root: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Fields | null | undefined)?.[name], root);

const first = (...values: readonly unknown[]): string | undefined =>
  values.find((value): value is string => typeof value === "string" && value !== "");

/** REST APIs, WebSocket APIs and payload format 1.0: Cognito or JWT, a Lambda authorizer, IAM. */
const ofFormat1 = (event: unknown): string | undefined => {
  const context = at(event, "requestContext");
  return first(
    at(context, "authorizer", "claims", "sub"),
    at(context, "authorizer", "jwt", "claims", "sub"),
    at(context, "authorizer", "principalId"),
    at(context, "identity", "cognitoIdentityId"),
    at(context, "identity", "userArn"),
  );
};

/** HTTP APIs by payload format 2.0, and function URLs. */
const ofFormat2 = (event: unknown): string | undefined => {
  const authorizer = at(event, "requestContext", "authorizer");
  return first(
    at(authorizer, "jwt", "claims", "sub"),
    at(authorizer, "lambda", "principalId"),
    at(authorizer, "iam", "cognitoIdentity", "identityId"),
    at(authorizer, "iam", "userArn"),
  );
};

/** Cognito or OpenID Connect, a Lambda authorizer's context is the application's own; IAM. */
const ofAppSync = (event: unknown): string | undefined => {
  const identity = at(Array.isArray(event) ? event[0] : event, "identity");
  return first(at(identity, "sub"), at(identity, "cognitoIdentityId"), at(identity, "userArn"));
};

const READERS: Partial<Record<EventSource, (event: unknown) => string | undefined>> = {
  "api-gateway-http": ofFormat2,
  "api-gateway-rest": ofFormat1,
  "api-gateway-websocket": ofFormat1,
  appsync: ofAppSync,
  cognito: (event) => first(at(event, "request", "userAttributes", "sub")),
  "function-url": ofFormat2,
  "vpc-lattice": (event) => first(at(event, "requestContext", "identity", "principal")),
};

/** The verified subject of an event; `undefined` where its source tells none. */
export const verifiedPrincipal = (event: unknown, source: EventSource): string | undefined =>
  READERS[source]?.(event);
