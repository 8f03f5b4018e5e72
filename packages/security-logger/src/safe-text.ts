/**
 * Text of any origin, made fit for a log: no live secret, no credential, one line, bounded.
 *
 * @module
 */
import { findSecret, maskCredentials, printable } from "@middy-hardening/core";

const REDACTED = "[redacted]";

/** How much of a text is looked at: more than the longest secret (64 KB, in base64) and any line. */
const MAX_SCANNED_LENGTH = 131_072;

/**
 * A text as it may be printed on one line of at most `maxLength` characters; empty for what is
 * no text. A text in which a live secret stands is replaced as a whole.
 */
export function safeText(value: unknown, maxLength: number): string {
  return typeof value === "string" ? printable(withoutCredentials(value), maxLength) : "";
}

/** The same for a text of several lines, such as a stack, which stay lines. */
export function safeLines(value: string, maxLength: number): string {
  const lines = withoutCredentials(value).split("\n");
  let shown = "";
  for (const line of lines) {
    const room = maxLength - shown.length;
    if (room <= 0) break;
    shown += `${printable(line, room)}\n`;
  }
  return shown.slice(0, maxLength).trim();
}

function withoutCredentials(text: string): string {
  const scanned = text.slice(0, MAX_SCANNED_LENGTH);
  if (findSecret(scanned) !== undefined) return REDACTED;
  return maskCredentials(scanned);
}
