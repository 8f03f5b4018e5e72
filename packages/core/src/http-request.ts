/**
 * Reading the HTTP request that an API Gateway, function URL or ALB event carries.
 *
 * @module
 */
import { PublicError } from "./public-error.ts";

/** The values of one header, in order; `name` in lower case. Empty when it is absent. */
export function headerValues(event: object, name: string): readonly string[] {
  const { headers, multiValueHeaders } = event as {
    headers?: Readonly<Record<string, unknown>> | null;
    multiValueHeaders?: Readonly<Record<string, unknown>> | null;
  };
  const found: string[] = [];
  // REST API and ALB events with multi-value headers have each value apart; `headers` has the last.
  const source = multiValueHeaders ?? headers;
  if (typeof source !== "object" || source === null) return found;
  for (const key in source) {
    if (key.length !== name.length || (key !== name && key.toLowerCase() !== name)) continue;
    const value = source[key];
    if (typeof value === "string") found.push(value);
    else if (Array.isArray(value))
      for (const one of value) if (typeof one === "string") found.push(one);
  }
  return found;
}

const JSON_TYPE = "application/json";

/** The media type of the body in lower case, without parameters; empty when there is not exactly one. */
export function mediaType(event: object): string {
  const values = headerValues(event, "content-type");
  const first = values[0];
  // As nearly all requests have it: what follows would leave it as it is.
  if (first === JSON_TYPE && values.length === 1) return JSON_TYPE;
  // Of two content types, which some sources join with a comma, another reader of the request
  // may take the other one (RFC 9110, sections 5.3 and 8.3).
  if (first === undefined || values.length > 1 || first.includes(",")) return "";
  const end = first.indexOf(";");
  return (end === -1 ? first : first.slice(0, end)).trim().toLowerCase();
}

/** Whether a media type is JSON: `application/json` or a type with the `+json` suffix (RFC 6839). */
export function isJson(type: string): boolean {
  return type === JSON_TYPE || /^[\w.!#$&^-]+\/[\w.!#$&^+-]+\+json$/.test(type);
}

/** The bytes that base64 text decodes to, without decoding it; at least as many for text that is not base64. */
export function base64ByteLength(text: string): number {
  const padding = text.endsWith("==") ? 2 : Number(text.endsWith("="));
  return Math.floor(((text.length - padding) * 3) / 4);
}

interface BodyEvent {
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

interface DecodedBody {
  readonly body: string;
  readonly text: string;
}

/** Of base64 alone: to look anything else up would take longer than to read it again (0.4 us a request). */
const decodedBodies = new WeakMap<object, DecodedBody>();

const withoutMark = (text: string): string =>
  text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;

/**
 * The body of the request as text, without a byte order mark; `undefined` when there is none.
 * Decoded once for each event object, however many middlewares ask.
 *
 * @throws PublicError 400 `invalid_base64` or `invalid_encoding` (not well-formed UTF-8).
 */
export function bodyText(event: object): string | undefined {
  const { body, isBase64Encoded } = event as BodyEvent;
  if (typeof body !== "string" || body === "") return undefined;
  if (isBase64Encoded !== true) {
    if (!body.isWellFormed()) throw invalidEncoding();
    return withoutMark(body);
  }
  const known = decodedBodies.get(event);
  if (known?.body === body) return known.text;
  const text = withoutMark(decodeUtf8(decodeBase64(body)));
  decodedBodies.set(event, { body, text });
  return text;
}

/**
 * Decodes base64 as RFC 4648, section 4 has it: `Buffer` alone skips what is not base64.
 *
 * @throws PublicError 400 `invalid_base64`.
 */
export function decodeBase64(text: string): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") === text) return bytes;
  throw unreadable("invalid_base64", "declared as base64 but is not");
}

function decodeUtf8(bytes: Buffer): string {
  // Here, as an import of it would cost each cold start 0.1 ms.
  if (process.getBuiltinModule("node:buffer").isUtf8(bytes)) return bytes.toString();
  throw invalidEncoding();
}

const invalidEncoding = (): PublicError => unreadable("invalid_encoding", "not well-formed UTF-8");

const unreadable = (code: string, what: string): PublicError =>
  new PublicError(400, { code, detail: `The body is ${what}.` });
