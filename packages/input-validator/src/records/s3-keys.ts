/**
 * The object key of an S3 notification, which is encoded as in a form ("Event message structure").
 *
 * @module
 */
import { unreadable } from "./unreadable.ts";

/** The S3 part of a notification's record, with its object's key decoded. */
export function withDecodedKey(s3: unknown): object {
  const { object } = s3 as { readonly object?: { readonly key?: unknown } };
  const written = object?.key;
  if (typeof written !== "string") return unreadable("malformed_record");
  let key: string;
  try {
    key = decodeURIComponent(written.replaceAll("+", " "));
  } catch {
    return unreadable("malformed_key");
  }
  return { ...(s3 as object), object: { ...object, key } };
}
