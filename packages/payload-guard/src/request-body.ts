/**
 * Bounds on the body: its bytes, its type, its content codings and its structure.
 *
 * @module
 */
import type { Request } from "@middy/core";
import {
  bodyText,
  decodeBase64,
  headerValues,
  isJson,
  mediaType,
  type PublicError,
} from "@middy-hardening/core";
import { contentCodings, type Decompressor } from "./content-codings.ts";
import { exceededFormLimit } from "./form-structure.ts";
import { exceededLimit } from "./json-structure.ts";
import { exceedsBytes, jsonText } from "./json-text.ts";
import type { Limits } from "./options.ts";
import { tellOfParsedBody } from "./parsed-body.ts";
import { reject, rejectChoice, rejectExcess, rejectForm, rejectType } from "./reject.ts";

/** What a body may be. */
export interface BodyRules {
  readonly limits: Limits;
  /** In lower case. */
  readonly contentTypes: readonly string[] | "any";
  /** `undefined` when no content coding is accepted. */
  readonly decompressor: Decompressor | undefined;
}

/** Where HTTP events have the body of a request and what describes it. */
interface BodyFields {
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
  readonly headers?: unknown;
  readonly multiValueHeaders?: unknown;
}

/** A body that is there, on its event. */
interface Body {
  readonly text: string;
  readonly isBase64: boolean;
  /** Its media type, in lower case and without parameters. */
  readonly type: string;
}

/**
 * Checks the body of a request, if it has one. One that is compressed is replaced on `request`.
 *
 * @throws PublicError 413, 415 or 400.
 */
export function checkBody(request: Request, rules: BodyRules): void {
  const { body: text, isBase64Encoded } = request.event as BodyFields;
  if (text === undefined || text === null || text === "") return;
  // A flag such as "true" means base64 to one reader and text to another.
  if (typeof text !== "string" || typeof (isBase64Encoded ?? false) !== "boolean") {
    tellOfParsedBody(text);
    rejectType(request, "body");
  }
  const { limits, contentTypes } = rules;
  const isBase64 = isBase64Encoded === true;
  checkBytes(request, text, isBase64, limits);
  const type = mediaType(request.event as BodyFields);
  if (contentTypes !== "any" && !isIn(contentTypes, type)) {
    rejectChoice(request, 415, "unsupported_media_type", "content type");
  }
  const body = decompress(request, { text, isBase64, type }, rules);
  checkStructure(request, body, limits);
}

/** The version 1 of VPC Lattice has its flag by another name. */
interface MessageFields extends BodyFields {
  readonly is_base64_encoded?: unknown;
}

/**
 * Checks the body of an event that has one and is no HTTP event of the proxy form: a message of a
 * WebSocket, or a request by VPC Lattice. Nobody says of what type it is.
 *
 * @throws PublicError 413 or 400.
 */
export function checkMessage(request: Request, limits: Limits): void {
  const { body: text, isBase64Encoded, is_base64_encoded } = request.event as MessageFields;
  if (typeof text !== "string") {
    tellOfParsedBody(text);
    return;
  }
  const isBase64 = (isBase64Encoded ?? is_base64_encoded) === true;
  checkBytes(request, text, isBase64, limits);
  checkJson(request, jsonText(text, isBase64), limits);
}

function checkBytes(request: Request, text: string, isBase64: boolean, limits: Limits): void {
  if (exceedsBytes(text, isBase64, limits.maxBytes)) rejectExcess(request, limits, "maxBytes");
}

/** Whether a media type is one of a list that names some, all of a kind, or all with a suffix. */
const isIn = (list: readonly string[], type: string): boolean =>
  list.some((entry) =>
    entry.startsWith("+")
      ? type.endsWith(entry)
      : entry === type || (entry.endsWith("/*") && type.startsWith(entry.slice(0, -1))),
  );

/** Undoes the content codings of the body, if it has any, and puts the outcome on the request. */
function decompress(request: Request, body: Body, { decompressor, limits }: BodyRules): Body {
  const event = request.event as BodyFields;
  const codings = contentCodings(event);
  if (codings.length === 0) return body;
  if (decompressor === undefined) return rejectCoding(request, "identity");
  // What is compressed is not text: an event that says so was not made by an integration.
  const bytes = body.isBase64
    ? decompressor.decode(
        decoded(request, () => decodeBase64(body.text)),
        codings,
      )
    : "malformed";
  if (bytes === "unsupported") return rejectCoding(request, decompressor.accepted);
  if (bytes === "too_large") {
    return rejectExcess(request, limits, "maxBytes", ["body", "max_bytes", "decompressed"]);
  }
  if (bytes === "malformed") {
    const detail = "The body is not what its content encoding says.";
    return reject(request, 400, "malformed_content_encoding", detail, ["body", "content_encoding"]);
  }
  const isBase64 = !process.getBuiltinModule("node:buffer").isUtf8(bytes);
  const text = bytes.toString(isBase64 ? "base64" : "utf8");
  // A new event, because this one may be frozen, or be somebody else's to read.
  const plain: Record<string, unknown> = { ...event, body: text, isBase64Encoded: isBase64 };
  for (const name of ["headers", "multiValueHeaders"]) {
    if (plain[name]) plain[name] = withoutCodings(plain[name] as object);
  }
  request.event = plain;
  return { ...body, text, isBase64 };
}

/** Headers without those that described the compressed body. */
const withoutCodings = (headers: object): object =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^content-(?:encoding|length)$/i.test(name)),
  );

/** An `Accept-Encoding` field tells the client what to send instead (RFC 9110, section 15.5.16). */
const rejectCoding = (request: Request, accepted: string): never =>
  rejectChoice(request, 415, "unsupported_content_encoding", "content encoding", {
    "accept-encoding": accepted,
  });

const FORM = "application/x-www-form-urlencoded";

/**
 * Whether a body is declared as a form. Where several types are declared, which only `"any"` lets
 * pass, one of them is enough: the handler may look at it alone.
 */
const isForm = (request: Request, { type }: Body): boolean =>
  type === FORM ||
  (type === "" &&
    headerValues(request.event as object, "content-type")
      .join()
      .toLowerCase()
      .includes(FORM));

function checkStructure(request: Request, body: Body, limits: Limits): void {
  if (isForm(request, body)) {
    // Not undefined: there is a body.
    const form = decoded(request, () => bodyText(request.event as BodyFields)) as string;
    const limit = exceededFormLimit(form, limits);
    if (limit !== undefined) rejectForm(request, limits, limit);
  }
  checkJson(request, scannableText(request, body), limits);
}

function checkJson(request: Request, text: string | undefined, limits: Limits): void {
  if (text === undefined) return;
  // Without what `trim()` takes away: a handler may call it before it parses.
  const exceeded = exceededLimit(text.trimStart(), limits);
  if (exceeded !== undefined) rejectExcess(request, limits, exceeded);
}

/**
 * The text that a parser of JSON would get. What is declared as JSON has to be base64 and UTF-8 as
 * the standards have them, and core keeps the text for `input-validator`. The type is the sender's
 * word only, and a handler may parse whatever it was sent: so of any other type, what begins like
 * JSON is scanned.
 */
const scannableText = (request: Request, { text, isBase64, type }: Body): string | undefined =>
  isJson(type)
    ? decoded(request, () => bodyText(request.event as BodyFields))
    : jsonText(text, isBase64);

/** What `decode` of core gives; that it cannot is refused like all else, with a security event. */
function decoded<T>(request: Request, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const { statusCode, code, message } = error as PublicError;
    return reject(request, statusCode, code, message, ["body", "encoding"]);
  }
}
