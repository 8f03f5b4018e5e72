/**
 * The body of an HTTP request as a value for a schema.
 *
 * @module
 */
import type { Request } from "@middy/core";
import {
  bodyText,
  headerValues,
  isJson,
  mediaType,
  publishSecurityEvent,
  refuse,
} from "@middy-hardening/core";
import { hasDuplicateKey } from "./duplicate-keys.ts";
import { encodedFields, refuseForbiddenKey } from "./fields.ts";
import { hasForbiddenKey, maySpellForbiddenKey } from "./forbidden-keys.ts";
import { SOURCE } from "./source.ts";

/** Reads the body of a request; `undefined` when it has none. */
export type BodyReader = (request: Request, event: object) => unknown;

/** How text of one media type is read. */
interface Format {
  /** The media type that a message names. */
  readonly name: string;
  accepts(type: string): boolean;
  parse(request: Request, text: string): unknown;
  hasDuplicate(text: string, value: unknown): boolean;
}

const json: Format = {
  name: "application/json",
  accepts: isJson,
  parse: parseJson,
  hasDuplicate: hasDuplicateKey,
};

const form: Format = {
  name: "application/x-www-form-urlencoded",
  accepts: (type) => type === form.name,
  parse: (request, text) => encodedFields(request, "body", text),
  hasDuplicate: (_text, fields) => Object.values(fields as object).some(Array.isArray),
};

/** A reader for bodies of one type. */
export function bodyReader(
  bodyType: "json" | "form",
  duplicateKeys: "allow" | "reject",
): BodyReader {
  const format = bodyType === "form" ? form : json;
  return (request, event) => {
    const { body } = event as { body?: unknown };
    if (body === undefined || body === null || body === "") return undefined;
    if (typeof body !== "string") {
      // Parsed by a middleware further out, which has judged its content type.
      if (hasForbiddenKey(body)) refuseForbiddenKey(request, "body");
      return body;
    }
    checkContentType(request, event, format);
    const text = textOf(request, event);
    const value = format.parse(request, text);
    if (duplicateKeys === "reject" && format.hasDuplicate(text, value)) {
      refuse(request, {
        statusCode: 400,
        code: "duplicate_key",
        detail: "The body has the same name twice in one object.",
        source: SOURCE,
        params: ["body"],
      });
    }
    return value;
  };
}

/** Refuses a body of another type, or of a charset that is not UTF-8 (RFC 8259, section 8.1). */
function checkContentType(request: Request, event: object, format: Format): void {
  const declared = headerValues(event, "content-type")[0];
  if (format.accepts(mediaType(event)) && isUtf8(declared as string)) return;
  refuse(request, {
    statusCode: 415,
    code: "unsupported_media_type",
    detail: `The content type of the body must be ${format.name}, in UTF-8.`,
    source: SOURCE,
    params: ["content-type"],
  });
}

const isUtf8 = (contentType: string): boolean =>
  !contentType.includes(";") ||
  [...contentType.matchAll(/;\s*charset\s*=\s*([^;]*)/gi)].every(([, charset]) =>
    /^"?utf-?8"?\s*$/i.test(charset as string),
  );

/** Core decodes and refuses; the security event is published here. */
function textOf(request: Request, event: object): string {
  try {
    return bodyText(event) as string;
  } catch (error) {
    publishSecurityEvent(request, {
      name: "input_validation_fail",
      params: ["body"],
      outcome: "blocked",
      description: (error as Error).message,
      source: SOURCE,
    });
    throw error;
  }
}

function parseJson(request: Request, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's message quotes the input.
    refuse(request, {
      statusCode: 400,
      code: "malformed_json",
      detail: "The body is not well-formed JSON.",
      source: SOURCE,
      params: ["body"],
    });
  }
  if (maySpellForbiddenKey(text) && hasForbiddenKey(value)) refuseForbiddenKey(request, "body");
  return value;
}
