/**
 * What a record carries, as a value for a schema.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import {
  decodeBase64,
  type EventRecord,
  type PayloadPlace,
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
  readonly recordType: "json" | "gzip-json" | "text";
  /** Whether a name that is twice in one object is refused. */
  readonly isExact: boolean;
  readonly envelope: Envelope | undefined;
  /** What the records of this event may still come to when they are gunzipped. */
  bytesLeft: number;
}

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
  const { path, encoding } = payloadPlaceOf(source);
  const payload = path.reduce<unknown>((value, name) => Object(value)[name], record.fields);
  if (encoding === "value") return readValue(payload, source);
  // A tombstone: the key is deleted.
  if (source === "kafka" && payload == null) return null;
  if (typeof payload !== "string") return unreadable("malformed_record");
  const text = readText(payload, encoding, decoding);
  // Of CloudWatch Logs all is known.
  if (encoding === "gzip-base64") return readJson(text, decoding);
  const { envelope, recordType } = decoding;
  if (envelope === undefined) return recordType === "text" ? text : readJson(text, decoding);
  const content = openEnvelope(envelope, readJson(text, decoding));
  const isWritten = envelope === "sns" && recordType !== "text";
  return isWritten ? readJson(content as string, decoding) : content;
}

/** The text that a payload is written in, without a byte order mark. */
function readText(payload: string, encoding: PayloadPlace["encoding"], decoding: Decoding): string {
  const isZipped = encoding === "gzip-base64" || decoding.recordType === "gzip-json";
  let text = payload;
  if (isZipped || encoding === "base64") {
    const given = decodeBase64(payload);
    const bytes = isZipped ? gunzip(given, decoding) : given;
    if (!isUtf8(bytes)) unreadable("invalid_encoding");
    text = bytes.toString();
  }
  if (!text.isWellFormed()) unreadable("invalid_encoding");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
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

/** `node:zlib` wants a bound from 1 byte to what a Buffer can hold. */
const MAX_OUTPUT_LENGTH = 2 ** 30;

/** Loads its module when it is needed: most functions never are called by CloudWatch Logs. */
function gunzip(bytes: Buffer, decoding: Decoding): Buffer {
  const { gunzipSync } = process.getBuiltinModule("node:zlib");
  const maxOutputLength = Math.min(decoding.bytesLeft || 1, MAX_OUTPUT_LENGTH);
  try {
    const plain = gunzipSync(bytes, { maxOutputLength });
    decoding.bytesLeft = Math.max(decoding.bytesLeft - plain.length, 0);
    return plain;
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    return unreadable(isTooLarge ? "too_large" : "malformed_gzip");
  }
}
