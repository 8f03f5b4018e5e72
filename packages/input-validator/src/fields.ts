/**
 * The named values of an HTTP request (query, path, headers, form) as an object for a schema.
 *
 * A name that occurs once has its value, a name that occurs again an array of them: nothing is
 * joined and none wins, so a schema that expects one value refuses two.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { invocationOf } from "@middy-hardening/core";
import { reject, rejectName } from "./refusal.ts";
import type { Reader } from "./request-validation.ts";

/** Values by name; an array where a name is repeated. */
export type Fields = Record<string, unknown>;

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
export const queryReader =
  (repeated: readonly string[] = []): Reader =>
  (request, event: FieldEvent) => {
    // Format 2.0 joins a repeated parameter with commas: only the raw query tells one from two.
    const given =
      event.rawQueryString ?? event.multiValueQueryStringParameters ?? event.queryStringParameters;
    // An ALB leaves the percent-encoding to its target.
    const isEncoded = typeof given === "string" || invocationOf(request).eventSource === "alb";
    const fields = fieldsOf(request, "query", given, isEncoded);
    for (const name of repeated) {
      if (Object.hasOwn(fields, name)) fields[name] = [fields[name]].flat();
    }
    return fields;
  };

/** Reads the path parameters. */
export const readPath: Reader = (request, event: FieldEvent) =>
  fieldsOf(request, "path", event.pathParameters);

/** Reads the headers. A repeated one is told apart where AWS gives `multiValueHeaders`. */
export const readHeaders: Reader = (request, event: FieldEvent) =>
  fieldsOf(request, "headers", event.multiValueHeaders ?? event.headers);

/**
 * The fields of one part of a request.
 *
 * @param given an object of values or arrays, or the text of a query or form
 *   (`application/x-www-form-urlencoded`).
 */
export function fieldsOf(
  request: Request,
  part: string,
  given: unknown,
  isEncoded?: boolean,
): Fields {
  const decode = (text: unknown): unknown => {
    try {
      return isEncoded ? decodeURIComponent(String(text).replaceAll("+", " ")) : text;
    } catch {
      const detail = `The ${part} is not well-formed percent-encoded UTF-8.`;
      return reject(request, 400, `malformed_${part}`, detail, [part]);
    }
  };
  const entries: Iterable<readonly unknown[]> =
    typeof given === "string"
      ? given
          .split("&")
          .filter(Boolean)
          .map((pair) => pair.split(/=(.*)/s, 2))
      : Object.entries(given ?? {});
  const fields: Fields = {};
  for (const [written, values = ""] of entries) {
    let name = decode(written) as string;
    if (part === "headers") name = name.toLowerCase();
    if (name === "__proto__") rejectName(request, part);
    for (const one of [values].flat()) {
      const value = decode(one);
      const known = fields[name];
      if (!Object.hasOwn(fields, name)) fields[name] = value;
      else if (Array.isArray(known)) known.push(value);
      else fields[name] = [known, value];
    }
  }
  return fields;
}
