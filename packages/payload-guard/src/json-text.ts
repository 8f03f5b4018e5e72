/**
 * Finding JSON in a text of which nobody says what it is.
 *
 * @module
 */
import { base64ByteLength } from "@middy-hardening/core";

/**
 * The text that a parser of JSON would get, if it begins like JSON; of base64, decoded as leniently
 * as `buffer.toString()` in a handler would.
 */
export function jsonText(text: string, isBase64: boolean): string | undefined {
  if (!isBase64) return beginsLikeJson(text.trimStart().charCodeAt(0)) ? text : undefined;
  const bytes = Buffer.from(text, "base64");
  // Past spaces and past all that is not ASCII, such as a byte order mark.
  const first = bytes.find((byte) => byte > 0x20 && byte < 0x80);
  return beginsLikeJson(first) ? bytes.toString("utf8") : undefined;
}

/** Whether a character opens an object, an array or a string. */
const beginsLikeJson = (character: number | undefined): boolean =>
  character === 0x7b || character === 0x5b || character === 0x22;

/** Whether a text has more bytes, in UTF-8 or once its base64 is undone. */
export function exceedsBytes(text: string, isBase64: boolean, maxBytes: number): boolean {
  if (isBase64) return base64ByteLength(text) > maxBytes;
  // In UTF-8 a UTF-16 unit takes one to three bytes: most texts are known to fit without counting.
  return 3 * text.length > maxBytes && Buffer.byteLength(text) > maxBytes;
}
