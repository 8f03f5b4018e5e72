/**
 * Showing a text of any length without what is secret in it.
 *
 * @module
 */
import { findSecrets, printable } from "@middy-hardening/core";
import { isMasked, type Mask } from "./mask.ts";
import type { Sensitivity } from "./names.ts";
import { type Finding, scan } from "./scan.ts";

export interface TextSetup {
  readonly names: (name: string) => Sensitivity;
  readonly mask: Mask;
  readonly patterns: readonly RegExp[];
}

/**
 * A text, masked, cut to `maxLength` UTF-16 units (and then told how long it was), with what cannot be
 * seen written as `\u{hex}`; `lines` stay lines.
 */
export type ShowText = (text: string, maxLength: number, lines?: "lines") => string;

/** How much of a text is shown where nobody says otherwise, in UTF-16 units. */
export const MAX_STRING_LENGTH = 8192;

/** How far beyond what is shown a text is read: a secret that begins before may end after. */
const OVERLAP = 1024;
/** The same for the values of live secrets: more than the longest (64 KB, in base64). */
const SECRET_OVERLAP = 131_072;

/** What a value in a query or form is made of. */
const ENCODED = /[^\s&"'`<>=?#,;]+/g;
const OCTETS = /%([\dA-F]{2})/gi;
/** How often a value is decoded that was encoded again and again. */
const MAX_DECODINGS = 2;

export function createText({ names, mask, patterns }: TextSetup): ShowText {
  /** Masks the encoded values in which something secret stands; `cut` text ends in the middle of one. */
  function withoutEncoded(text: string, isCut: boolean): string {
    return text.replace(ENCODED, (value, start: number) => {
      if (!value.includes("%")) return value;
      if (isCut && start + value.length === text.length) return "";
      return holdsEncoded(value) ? mask(value, "encoded") : value;
    });
  }

  function holdsEncoded(value: string): boolean {
    let decoded = value;
    for (let count = 0; count < MAX_DECODINGS && decoded.includes("%"); count++) {
      decoded = decoded.replaceAll("+", " ").replace(OCTETS, characterOf);
      const found: Finding[] = [];
      scan(decoded, decoded.length, names, found);
      if (found.some(({ start, end }) => !isMasked(decoded.slice(start, end)))) return true;
    }
    return false;
  }

  return (text, maxLength, lines) => {
    const isCut = text.length > maxLength;
    const length = isCut ? wholeLength(text, maxLength) : text.length;
    const read = isCut ? text.slice(0, maxLength + OVERLAP) : text;
    const found: Finding[] = [];
    const isVisible = scan(read, length, names, found);
    if (patterns.length > 0) addMatches(read, length, patterns, found);
    addSecrets(isCut ? text.slice(0, maxLength + SECRET_OVERLAP) : text, length, found);
    let shown = found.length === 0 ? text.slice(0, length) : replaced(read, length, found, mask);
    if (shown.includes("%")) shown = withoutEncoded(shown, isCut);
    if (!isVisible || found.length > 0) shown = visible(shown, lines);
    if (!isCut && shown.length <= maxLength) return shown;
    return `${shown.slice(0, wholeLength(shown, maxLength))}…[${toldLength(text, maxLength)} characters]`;
  };
}

const characterOf = (_octet: string, hex: string): string =>
  String.fromCharCode(Number.parseInt(hex, 16));

const MAX_MARK_LENGTH = 32;

/** The length of a text; of one that was cut before, and tells it, the length that it tells. */
const toldLength = (text: string, maxLength: number): number => {
  if (text.length > maxLength + MAX_MARK_LENGTH) return text.length;
  return Number(
    /…\[(\d{1,12}) characters\]$/.exec(text.slice(-MAX_MARK_LENGTH))?.[1] ?? text.length,
  );
};

/** At most `length`, and not in the middle of a surrogate pair. */
const wholeLength = (text: string, length: number): number =>
  /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;

function addMatches(
  text: string,
  length: number,
  patterns: readonly RegExp[],
  found: Finding[],
): void {
  for (const pattern of patterns) {
    for (const { index: start, 0: match } of text.matchAll(pattern)) {
      if (start < length) found.push({ start, end: start + match.length, kind: "pattern" });
    }
  }
}

function addSecrets(text: string, length: number, found: Finding[]): void {
  for (const secret of findSecrets(text)) if (secret.start < length) found.push(secret);
}

/** The first `length` units with masks in place of what was found. */
function replaced(text: string, length: number, found: Finding[], mask: Mask): string {
  // Of those that begin at one place, the label of a live secret tells most.
  found.sort(
    (a, b) => a.start - b.start || Number(b.label !== undefined) - Number(a.label !== undefined),
  );
  let shown = "";
  let at = 0;
  for (let index = 0; index < found.length; index++) {
    const finding = found[index] as Finding;
    const { start, kind, label, quote = "" } = finding;
    let { end } = finding;
    while ((found[index + 1]?.start ?? end) < end) {
      index++;
      end = Math.max(end, (found[index] as Finding).end);
    }
    const secret = text.slice(start, end);
    if (secret === "" || isMasked(secret)) continue;
    shown += `${text.slice(at, start)}${quote}${label ?? mask(secret, kind)}${quote}`;
    at = end;
  }
  return at < length ? shown + text.slice(at, length) : shown;
}

function visible(text: string, lines: "lines" | undefined): string {
  if (lines === undefined) return printable(text, Number.POSITIVE_INFINITY);
  return text
    .split("\n")
    .map((line) => printable(line, Number.POSITIVE_INFINITY))
    .join("\n");
}
