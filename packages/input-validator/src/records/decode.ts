/**
 * What a record carries, as a value for a schema.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import {
  bodyText,
  decodeBase64,
  type EventRecord,
  payloadPlaceOf,
  type RecordSource,
} from "@middy-hardening/core";
import { checkJson, countKeys } from "../keys.ts";
import { plainImages } from "./dynamodb-values.ts";
import { type Envelope, openEnvelope } from "./envelope.ts";
import { withDecodedKey } from "./s3-keys.ts";
import { unreadable } from "./unreadable.ts";

/** How payloads are written. */
export interface Decoding {
  readonly isJson: boolean;
  /** Whether a name that is twice in one object is refused. */
  readonly isExact: boolean;
  readonly envelope: Envelope | undefined;
  /** Largest gunzipped payload. */
  readonly maxBytes: number;
}

/** What the record carries at its place; `undefined` where a part on the way is missing. */
export const payloadOf = ({ fields }: EventRecord, source: RecordSource): unknown =>
  payloadPlaceOf(source).path.reduce<unknown>(
    (value, name) => (value as Readonly<Record<string, unknown>> | null | undefined)?.[name],
    fields,
  );

/**
 * The decoded payload of a record.
 *
 * @throws PublicError with the code of what is wrong with it.
 */
export function decodeRecord(
  record: EventRecord,
  source: RecordSource,
  decoding: Decoding,
): unknown {
  const payload = payloadOf(record, source);
  const { encoding } = payloadPlaceOf(source);
  if (encoding === "value") return readValue(payload, source);
  // A tombstone: the key is deleted.
  if (source === "kafka" && payload == null) return null;
  if (typeof payload !== "string") return unreadable("malformed_record");
  // Of CloudWatch Logs all is known.
  if (encoding === "gzip-base64") return readJson(gunzip(payload, decoding.maxBytes), decoding);

  // For an empty text as for none.
  const text = bodyText({ body: payload, isBase64Encoded: encoding === "base64" }) ?? "";
  const { envelope, isJson } = decoding;
  if (envelope === undefined) return isJson ? readJson(text, decoding) : text;
  const content = openEnvelope(envelope, readJson(text, decoding));
  return envelope === "sns" && isJson ? readJson(content as string, decoding) : content;
}

/** What the runtime parsed: it takes any name. */
function readValue(payload: unknown, source: RecordSource): unknown {
  if (Object(payload) !== payload) unreadable("malformed_record");
  countKeys(payload, unreadable);
  if (source === "dynamodb") return plainImages(payload);
  return source === "s3" ? withDecodedKey(payload) : payload;
}

function readJson(text: string, { isExact }: Decoding): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable("malformed_json");
  }
  checkJson(text, value, isExact, unreadable);
  return value;
}

/** Loads its module when it is needed: most functions never are called by CloudWatch Logs. */
function gunzip(base64: string, maxOutputLength: number): string {
  const { gunzipSync } = process.getBuiltinModule("node:zlib");
  const zipped = decodeBase64(base64);
  let bytes: Buffer;
  try {
    bytes = gunzipSync(zipped, { maxOutputLength });
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    return unreadable(isTooLarge ? "too_large" : "malformed_gzip");
  }
  return isUtf8(bytes) ? bytes.toString() : unreadable("invalid_encoding");
}
