/**
 * The texts by which the value of a secret may stand somewhere.
 *
 * @module
 */
import { MIN_NEEDLE_LENGTH } from "./needle-index.ts";

/**
 * A value as it is, and encoded as hex, base64 (also within a longer value, such as `user:password`),
 * for a URL, a form, JSON, JSON in JSON or HTML. Of a structured value, each string and each run of
 * bytes counts.
 */
export function needlesOf(value: unknown): string[] {
  const needles = leavesOf(value).flatMap(encodingsOf);
  return needles.filter((needle) => needle.length >= MIN_NEEDLE_LENGTH);
}

function encodingsOf(value: string | Uint8Array): readonly string[] {
  if (value.length < MIN_NEEDLE_LENGTH) return [];
  const bytes = Buffer.from(value as string);
  const plain = bytes.toString();
  const hex = bytes.toString("hex");
  // A set: for most secrets, many of these are the same.
  const encodings = new Set([
    ...[plain, hex, hex.toUpperCase()],
    ...base64EncodingsOf(bytes),
    ...urlEncodingsOf(plain),
    ...htmlEncodingsOf(plain),
    ...jsonEncodingsOf(plain).flatMap((text) => [text, jsonOf(text)]),
  ]);
  // What JSON makes of a Buffer.
  if (typeof value !== "string") encodings.add(bytes.join(","));
  return [...encodings];
}

/**
 * Base64, in both alphabets, has three forms for the bytes within a longer value, by where they
 * begin. The characters at the edges are left out: they hold bits of the neighbours.
 */
function base64EncodingsOf(bytes: Uint8Array): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor((shifted.length * 8) / 6);
    return [
      shifted.toString("base64").slice(start, end),
      shifted.toString("base64url").slice(start, end),
    ];
  });
}

/** As `encodeURIComponent`, RFC 3986 and forms have it, in both cases of the hex digits. */
function urlEncodingsOf(plain: string): string[] {
  const uri = encodeURIComponent(plain);
  const strict = uri.replace(/[!'()*]/g, (mark) => `%${hexOf(mark, 2).toUpperCase()}`);
  const form = new URLSearchParams({ "": plain }).toString().slice(1);
  return [uri, strict, form].flatMap((text) => [
    text,
    text.replace(/%[\dA-F]{2}/g, (octet) => octet.toLowerCase()),
  ]);
}

/** With and without `\/`, and in ASCII alone, in both cases of the hex digits. */
function jsonEncodingsOf(plain: string): string[] {
  const json = jsonOf(plain);
  const ascii = json.replace(/[^\0-\x7f]/g, (unit) => `\\u${hexOf(unit, 4)}`);
  const upper = json.replace(/[^\0-\x7f]/g, (unit) => `\\u${hexOf(unit, 4).toUpperCase()}`);
  return [json, ascii, upper].flatMap((text) => [text, text.replaceAll("/", "\\/")]);
}

const jsonOf = (text: string): string => JSON.stringify(text).slice(1, -1);

const hexOf = (unit: string, digits: number): string =>
  unit.charCodeAt(0).toString(16).padStart(digits, "0");

/** How template engines write quotation marks; the first leaves them as they are. */
const QUOTES = [
  ['"', "'"],
  ["&quot;", "'"],
  ["&quot;", "&#39;"],
  ["&quot;", "&#039;"],
  ["&quot;", "&#x27;"],
  ["&quot;", "&apos;"],
  ["&#34;", "&#39;"],
] as const;

function htmlEncodingsOf(plain: string): string[] {
  const text = plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return QUOTES.map(([double, single]) => text.replaceAll('"', double).replaceAll("'", single));
}

/**
 * Members of a structured secret that say where and as whom, not with what: an honest answer may hold
 * a word such as `postgres` too. Those of the secrets of Amazon RDS are among them.
 */
const NO_SECRET =
  /^(?:account|arn|client|database|db|dbcluster|dbinstance|dbname|domain|email|engine|host|issuer|login|masterarn|name|port|region|schema|tenant|type|user)(?:[-_]?(?:id|identifier|name))?$/i;

/** The strings and bytes in a value, which for a JSON secret may be nested. */
function leavesOf(root: unknown): (string | Uint8Array)[] {
  const leaves: (string | Uint8Array)[] = [];
  const values = new Set([root]);
  // A set visits what is added to it on the way, and each member once.
  for (const value of values) {
    if (typeof value === "string" || value instanceof Uint8Array) leaves.push(value);
    else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        if (typeof member !== "string" || !NO_SECRET.test(name)) values.add(member);
      }
    }
  }
  return leaves;
}
