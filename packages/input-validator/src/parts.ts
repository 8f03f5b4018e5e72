/**
 * The query, path parameters and headers of an HTTP request, as each integration gives them.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { invocationOf } from "@middy-hardening/core";
import { decoded, encodedFields, type Fields, fieldsOf } from "./fields.ts";
import type { Step } from "./request-validation.ts";

/** The properties of the HTTP events that hold fields; each integration has some of them. */
interface FieldEvent {
  readonly rawQueryString?: unknown;
  readonly queryStringParameters?: unknown;
  readonly multiValueQueryStringParameters?: unknown;
  readonly pathParameters?: unknown;
  readonly headers?: unknown;
  readonly multiValueHeaders?: unknown;
}

/** Reads the query; the parameters called `repeated` are always arrays. */
export function queryReader(repeated: readonly string[]): Step["read"] {
  return (request, event) => {
    const fields = readQuery(request, event);
    for (const name of repeated) {
      if (Object.hasOwn(fields, name) && !Array.isArray(fields[name]))
        fields[name] = [fields[name]];
    }
    return fields;
  };
}

function readQuery(request: Request, event: FieldEvent): Fields {
  const { rawQueryString, queryStringParameters, multiValueQueryStringParameters } = event;
  // Format 2.0 joins a repeated parameter with commas, so only the raw query tells one from two.
  if (typeof rawQueryString === "string") return encodedFields(request, "query", rawQueryString);
  const given = multiValueQueryStringParameters ?? queryStringParameters;
  if (invocationOf(request).eventSource !== "alb") return fieldsOf(request, "query", given);
  // An ALB leaves the percent-encoding to its target.
  const decode = <T>(text: T): T | string =>
    typeof text === "string" ? decoded(request, "query", text) : text;
  return fieldsOf(request, "query", given, decode, decode);
}

/** Reads the path parameters. */
export const readPath: Step["read"] = (request, event: FieldEvent) =>
  fieldsOf(request, "path", event.pathParameters);

/** Reads the headers. A repeated one is told apart where AWS gives `multiValueHeaders`. */
export const readHeaders: Step["read"] = (request, event: FieldEvent) =>
  fieldsOf(request, "headers", event.multiValueHeaders ?? event.headers, (name) =>
    name.toLowerCase(),
  );
