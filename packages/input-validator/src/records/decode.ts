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
  // Of CloudWatch Logs all is known.
  if (encoding === "gzip-base64") return readJson(gunzip(payload, decoding), decoding);

  const { envelope, recordType } = decoding;
  const isBase64Encoded = encoding === "base64";
  const text =
    recordType === "gzip-json"
      ? gunzip(payload, decoding)
      : // Of an empty body there is no text.
        (bodyText({ body: payload, isBase64Encoded }) ?? "");
  if (envelope === undefined) return recordType === "text" ? text : readJson(text, decoding);
  const content = openEnvelope(envelope, readJson(text, decoding));
  const isWritten = envelope === "sns" && recordType !== "text";
  return isWritten ? readJson(content as string, decoding) : content;
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
function gunzip(base64: string, decoding: Decoding): string {
  const { gunzipSync } = process.getBuiltinModule("node:zlib");
  const zipped = decodeBase64(base64);
  const maxOutputLength = Math.min(decoding.bytesLeft || 1, MAX_OUTPUT_LENGTH);
  let bytes: Buffer;
  try {
    bytes = gunzipSync(zipped, { maxOutputLength });
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    return unreadable(isTooLarge ? "too_large" : "malformed_gzip");
  }
  decoding.bytesLeft = Math.max(decoding.bytesLeft - bytes.length, 0);
  return isUtf8(bytes) ? bytes.toString() : unreadable("invalid_encoding");
}
