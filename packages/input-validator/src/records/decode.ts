/**
 * What a record carries, as a value for a schema.
 *
 * @module
 */
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
  /** What a record, and all valid ones of an event together, may come to when they are gunzipped. */
  readonly maxBytes: number;
}

/** The code of a record for which those before it have left no room: it is not to blame for that. */
export const NO_ROOM = "no_room";

/** How the records of one event are read. */
export interface EventDecoding extends Decoding {
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
  decoding: EventDecoding,
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
function readText(
  payload: string,
  encoding: PayloadPlace["encoding"],
  decoding: EventDecoding,
): string {
  const isZipped = encoding === "gzip-base64" || decoding.recordType === "gzip-json";
  let text = payload;
  if (isZipped || encoding === "base64") {
    const given = decodeBase64(payload);
    const bytes = isZipped ? gunzip(given, decoding) : given;
    const { isUtf8 } = process.getBuiltinModule("node:buffer");
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
function gunzip(bytes: Buffer, decoding: EventDecoding): Buffer {
  const { gunzipSync } = process.getBuiltinModule("node:zlib");
  const { maxBytes } = decoding;
  let plain: Buffer;
  try {
    plain = gunzipSync(bytes, { maxOutputLength: Math.min(maxBytes || 1, MAX_OUTPUT_LENGTH) });
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    return unreadable(isTooLarge ? "too_large" : "malformed_gzip");
  }
  if (plain.length > maxBytes) unreadable("too_large");
  if (plain.length > decoding.bytesLeft) unreadable(NO_ROOM);
  decoding.bytesLeft -= plain.length;
  return plain;
}
