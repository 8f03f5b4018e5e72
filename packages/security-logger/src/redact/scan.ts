/**
 * Finding what is secret in a text by its form: one pass over the characters, which tries at each place
 * only what can begin there.
 *
 * @module
 */
import { endOfCard } from "./cards.ts";
import { argumentAt } from "./distant-names.ts";
import { namedValueAt } from "./named-values.ts";
import type { Sensitivity } from "./names.ts";
import { isAwsSecretKey, tokenAt } from "./tokens.ts";
import { looseUserinfoAt, urlAt, userinfoOf } from "./url-credentials.ts";

/** A part of a text that must not be shown. */
export interface Finding {
  readonly start: number;
  readonly end: number;
  /** How it is known; of a value known by its name alone, nothing. */
  readonly kind?: string;
  /** What is shown in its place, where that is no mask of its kind. */
  readonly label?: string;
  /** The quotation mark to put around the mask. */
  readonly quote?: string;
}

/** What a character may be: of a word, of base64, the beginning of something, or not to be seen. */
const WORD = 1;
const BASE64 = 2;
const SIGN = 4;
const UNSEEN = 8;

const kinds = /* @__PURE__ */ kindsOfCharacters();

/** Of the first 128. */
function kindsOfCharacters(): Uint8Array {
  const all = new Uint8Array(128).fill(UNSEEN, 0, 32).fill(UNSEEN, 127);
  const mark = (characters: string, kind: number): void => {
    for (const character of characters) all[character.charCodeAt(0)] = kind;
  };
  all
    .fill(WORD | BASE64, 48, 58)
    .fill(WORD | BASE64, 65, 91)
    .fill(WORD | BASE64, 97, 123);
  mark("/+", BASE64);
  mark(":=>%\\~$-", SIGN);
  return all;
}

const [PERCENT, HYPHEN, SLASH, COLON, EQUALS, GREATER, BACKSLASH] = [37, 45, 47, 58, 61, 62, 92];
const [ZERO, TWO, SIX, NINE] = [48, 50, 54, 57];

const AWS_SECRET_KEY_LENGTH = 40;
/** Shorter ones hold no name with a value, which is what is looked for in them. */
const MIN_ENCODED_LENGTH = 24;
/** What sixteen characters of base64 begin with that stand for text: a first octet each that can be seen. */
const ENCODED_TEXT = /^(?:[CDI-Za-f].{3}){4}/;
const NO_TEXT = /[^\t\n\r -\ufffc]/;
const TELEGRAM_TOKEN = /\d{8,10}:[A-Za-z\d][\w-]{34}(?![\w-])/y;
const PRIVATE_KEY = /-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const LAST_LINE = /-----END (?:[A-Z\d ]{0,60}-----)?/y;
const BASE64_RUN = /[A-Za-z\d/+]*/y;
const ENCODED_EQUALS = /%3D/iy;
const OCTET = /%[\dA-F]{2}/iy;
const ESCAPE = /\\(?:u[\dA-F]{4}|[bfnrtv])/iy;

/**
 * Adds what is secret in a text and begins in its first `length` units, the places in order but for
 * those within each other. Tells whether all characters on the way can be seen.
 */
export function scan(
  text: string,
  length: number,
  names: (name: string) => Sensitivity,
  found: Finding[],
): boolean {
  let isVisible = true;
  let isInWord = false;
  /** Where a word begins after an escape such as `\n` or `%20`, which ends in a letter or digit. */
  let wordAfterEscape = -1;
  let runStart = -1;
  let urlEnd = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (kinds[code] as number) : UNSEEN;
    if ((kind & BASE64) === 0) {
      if (runStart !== -1) addRun(text, runStart, at, names, found);
      runStart = -1;
    } else if (runStart === -1) runStart = at;
    if ((kind & WORD) !== 0) {
      if (isInWord && at !== wordAfterEscape) continue;
      isInWord = true;
    } else {
      isInWord = false;
      if (kind === UNSEEN) isVisible = false;
      if (kind !== SIGN) continue;
      if (code === COLON && at >= urlEnd) urlEnd = addUrl(text, at, found);
      else if (code === BACKSLASH) wordAfterEscape = endOf(ESCAPE, text, at);
      else if (code === PERCENT) wordAfterEscape = endOf(OCTET, text, at);
    }
    const finding = findingAt(text, at, code, names);
    if (finding === undefined) continue;
    found.push(finding);
    at = finding.end - 1;
    isInWord = true;
    runStart = -1;
  }
  // To its end, where the text is cut in the middle of it.
  if (runStart !== -1) addRun(text, runStart, endOf(BASE64_RUN, text, length), names, found);
  return isVisible;
}

/** What begins at a place where a word does, or a sign stands. */
function findingAt(
  text: string,
  at: number,
  code: number,
  names: (name: string) => Sensitivity,
): Finding | undefined {
  switch (code) {
    case COLON:
      return isNoSign(text, at) ? undefined : namedValueAt(text, at, names);
    case EQUALS:
    case GREATER:
      return namedValueAt(text, at, names);
    case PERCENT:
      return endOf(ENCODED_EQUALS, text, at) > at ? namedValueAt(text, at, names) : undefined;
    case HYPHEN:
      if (text.charCodeAt(at + 1) !== HYPHEN) return undefined;
      return privateKeyAt(text, at) ?? argumentAt(text, at, names);
    default:
      return (code >= ZERO && code <= NINE && numberAt(text, at, code)) || tokenAt(text, at);
  }
}

/** In URLs and times of day. */
function isNoSign(text: string, colon: number): boolean {
  const next = text.charCodeAt(colon + 1);
  if (next === SLASH) return text.charCodeAt(colon + 2) === SLASH;
  const before = text.charCodeAt(colon - 1);
  return next >= ZERO && next <= NINE && before >= ZERO && before <= NINE;
}

function numberAt(text: string, start: number, first: number): Finding | undefined {
  if (first >= TWO && first <= SIX) {
    const end = endOfCard(text, start);
    if (end > start) return { start, end, kind: "card" };
  }
  const end = endOf(TELEGRAM_TOKEN, text, start);
  return end > start ? { start, end, kind: "telegram-token" } : undefined;
}

/** With its first and last line; to the end of the text if there is no last one. */
function privateKeyAt(text: string, start: number): Finding | undefined {
  const keyAt = endOf(PRIVATE_KEY, text, start);
  if (keyAt === start) return undefined;
  const lastLine = text.indexOf("-----END ", keyAt);
  const end = lastLine === -1 ? text.length : endOf(LAST_LINE, text, lastLine);
  return { start, end, kind: "private-key" };
}

/** Adds a run of base64, if it is a key, or a text with something secret in it. */
function addRun(
  text: string,
  start: number,
  end: number,
  names: (name: string) => Sensitivity,
  found: Finding[],
): void {
  const length = end - start;
  if (length < MIN_ENCODED_LENGTH) return;
  const run = text.slice(start, end);
  const decoded = textIn(run);
  if (decoded !== undefined) {
    const inner: Finding[] = [];
    scan(decoded, decoded.length, names, inner);
    if (inner.length > 0) found.push({ start, end, kind: "encoded" });
  } else if (length === AWS_SECRET_KEY_LENGTH) {
    // Part of a longer one, padded or encoded.
    if (text[end] === "=" || text[end] === "%" || text[start - 1] === "%") return;
    if (isAwsSecretKey(run)) found.push({ start, end, kind: "aws-secret-key" });
  }
}

/** The text that base64 stands for, as in the bodies of events and the records of streams; nothing for other bytes. */
function textIn(run: string): string | undefined {
  if (!ENCODED_TEXT.test(run)) return undefined;
  // Where a text is cut, its last character may be.
  const decoded = Buffer.from(run, "base64")
    .toString()
    .replace(/\ufffd$/, "");
  return NO_TEXT.test(decoded) ? undefined : decoded;
}

/** Adds the passwords of the URL whose scheme ends at a place; tells where its word ends. */
function addUrl(text: string, colon: number, found: Finding[]): number {
  const next = text.charCodeAt(colon + 1);
  if (next !== SLASH && next !== BACKSLASH) return 0;
  const word = urlAt(text, colon);
  if (word === "") return 0;
  found.push(...userinfoOf(word, colon));
  const loose = looseUserinfoAt(text, colon);
  if (loose !== undefined) found.push(loose);
  return colon + word.length;
}

/** Where a match at a place ends; the place itself if there is none. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
