/**
 * Text of any origin, made fit for a log: no live secret, no credential, one line, bounded.
 *
 * @module
 */
import { findSecret, printable } from "@middy-hardening/core";

export const REDACTED = "[redacted]";

/** How much of a text is looked at: more than the longest secret (64 KB, in base64) and any line. */
const MAX_SCANNED_LENGTH = 131_072;

/** What follows `://`, up to a blank or a quotation mark. */
const AFTER_SCHEME = /:\/\/[^\s"'`<>]+/g;

/** `Password=...;` and its like in a connection string, a form or JSON. */
const NAMED_CREDENTIAL =
  /((?:password|passwd|pwd|secret|token|(?:access|account|api)[-_ ]?key)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s;,&"']+)/gi;

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
  return scanned.replace(AFTER_SCHEME, maskUserinfo).replace(NAMED_CREDENTIAL, "$1***");
}

/**
 * Masks the password of a URL, or its user where there is no password: `://user:***@host`.
 * A password may hold `@` and, against RFC 3986, section 3.2, `/`, `?` and `#`; so everything up
 * to the last `@` goes, unless what follows the first colon is a port.
 */
function maskUserinfo(match: string): string {
  const text = match.slice(3);
  const last = text.lastIndexOf("@");
  if (last === -1) return match;
  const slash = text.search(/[/?#]/);
  const authority = slash === -1 ? text : text.slice(0, slash);
  const colon = authority.indexOf(":");
  if (colon !== -1 && colon < last && !/^\d*$/.test(authority.slice(colon + 1))) {
    return `://${text.slice(0, colon)}:***${text.slice(last)}`;
  }
  const user = authority.lastIndexOf("@");
  return user === -1 ? match : `://***${text.slice(user)}`;
}
