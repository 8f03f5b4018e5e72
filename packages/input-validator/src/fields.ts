/**
 * The named values of a request (query, path, headers, form) as an object for a schema.
 *
 * A name that occurs once has its value, a name that occurs again an array of them: nothing is
 * joined and none wins, so a schema that expects one value refuses two.
 *
 * @module
 */

import type { Request } from "@middy/core";
import { refuse } from "@middy-hardening/core";
import type { Part } from "./problems.ts";
import { SOURCE } from "./source.ts";

/** Values by name; an array where a name is repeated. */
export type Fields = Record<string, unknown>;

/** The fields that AWS gives as an object, its names and values changed by `change`. */
export function fieldsOf(
  request: Request,
  part: Part,
  given: unknown,
  readName: (name: string) => string = same,
  readValue: (value: unknown) => unknown = same,
): Fields {
  const fields: Fields = {};
  if (typeof given !== "object" || given === null) return fields;
  for (const [name, value] of Object.entries(given)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      addField(request, part, fields, readName(name), readValue(one));
    }
  }
  return fields;
}

const same = <T>(value: T): T => value;

/** The fields of a query string or a form (`application/x-www-form-urlencoded`). */
export function encodedFields(request: Request, part: Part, text: string): Fields {
  const fields: Fields = {};
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = equals === -1 ? pair : pair.slice(0, equals);
    const value = equals === -1 ? "" : pair.slice(equals + 1);
    addField(request, part, fields, decoded(request, part, name), decoded(request, part, value));
  }
  return fields;
}

/** Text of a query or form without its encoding. */
export function decoded(request: Request, part: Part, text: string): string {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return refuse(request, {
      statusCode: 400,
      code: part === "query" ? "malformed_query" : "malformed_form",
      detail: `The ${part} has a percent-encoding that is not well-formed UTF-8.`,
      source: SOURCE,
      params: [part],
    });
  }
}

function addField(
  request: Request,
  part: Part,
  fields: Fields,
  name: string,
  value: unknown,
): void {
  if (name === "__proto__") refuseForbiddenKey(request, part);
  if (!Object.hasOwn(fields, name)) {
    fields[name] = value;
    return;
  }
  const known = fields[name];
  if (Array.isArray(known)) known.push(value);
  else fields[name] = [known, value];
}

/** Refuses a name that could change a prototype. */
export function refuseForbiddenKey(request: Request, part: Part): never {
  return refuse(request, {
    statusCode: 400,
    code: "forbidden_key",
    detail: `The ${part} has a name that is not allowed.`,
    source: SOURCE,
    event: "malicious_extraneous",
    params: [part],
  });
}
