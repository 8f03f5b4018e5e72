/**
 * Attribute values of DynamoDB as plain values.
 *
 * @module
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_AttributeValue.html
 */
import { decodeBase64 } from "@middy-hardening/core";
import { unreadable } from "./unreadable.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The maps and lists around a value that DynamoDB allows ("Quotas in Amazon DynamoDB"), so recursion ends. */
const MAX_DEPTH = 32;

/** A number as DynamoDB writes one; it has at most 38 digits, but zeros may be written out. */
const NUMBER = /^-?(?=.{1,160}$)(\d+)(?:\.(\d+))?(?:E[+-]?\d{1,3})?$/i;

/** The parts of a stream record that hold attribute values. */
const IMAGES = ["Keys", "NewImage", "OldImage"] as const;

/** The keys and images of a stream record, those that it has, as plain values. */
export function plainImages(streamRecord: unknown): Fields {
  const images: Record<string, unknown> = {};
  for (const name of IMAGES) {
    const image = (streamRecord as Fields)[name];
    if (image !== undefined) images[name] = plainMap(image, 0);
  }
  return images;
}

/** The stream record with the images that a schema returned in the place of its own. */
export function withImages(streamRecord: unknown, images: unknown): Fields {
  const { Keys, NewImage, OldImage, ...rest } = streamRecord as Fields;
  // What tells the record from others is not for a schema to change.
  return { ...(images as object), ...rest };
}

function plainMap(map: unknown, depth: number): Fields {
  if (Object(map) !== map) unreadable("malformed_record");
  if (depth > MAX_DEPTH) unreadable("too_deep");
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(map as object)) {
    plain[name] = plainValue(value, depth);
    // Behind its type, `prototype` is not where it is looked for in JSON.
    if (name === "constructor" && Object.hasOwn(Object(plain[name]), "prototype")) {
      unreadable("forbidden_name");
    }
  }
  return plain;
}

/** One attribute value: an object with one key, its type. */
function plainValue(attribute: unknown, depth: number): unknown {
  const entries = Object.entries(Object(attribute));
  const [type = "", value] = entries[0] ?? [];
  if (entries.length !== 1) unreadable("malformed_record");
  if (type === "M") return plainMap(value, depth + 1);
  if (!/^(?:L|[SNB]S)$/.test(type)) return plainScalar(type, value);

  if (!Array.isArray(value)) return unreadable("malformed_record");
  if (type !== "L") return new Set(value.map((one) => plainScalar(type.charAt(0), one)));
  if (depth === MAX_DEPTH) unreadable("too_deep");
  return value.map((one) => plainValue(one, depth + 1));
}

function plainScalar(type: string, value: unknown): unknown {
  if (type === "NULL" && value === true) return null;
  if (type === "BOOL" && typeof value === "boolean") return value;
  if (typeof value === "string") {
    if (type === "S") return value;
    if (type === "N") return plainNumber(value);
    // With memory of its own: that of a small Buffer is shared with others.
    if (type === "B") return new Uint8Array(decodeBase64(value));
  }
  return unreadable("malformed_record");
}

/**
 * A number if that is exact, a bigint for a whole number beyond, and else the text itself: it has up
 * to 38 digits, and a schema that wants a number refuses rather than gets another one.
 */
function plainNumber(text: string): number | bigint | string {
  const [, whole = "", fraction = ""] = NUMBER.exec(text) ?? unreadable("malformed_record");
  const number = Number(text);
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(number) ? number : BigInt(text);
  // Fifteen digits always fit, in the range of numbers; of more, those that are written again as they came.
  const digits = (whole + fraction).replace(/^0+|0+$/g, "").length;
  const isInRange = Number.isFinite(number) && (number !== 0 || digits === 0);
  return (digits <= 15 && isInRange) || String(number) === text ? number : text;
}
