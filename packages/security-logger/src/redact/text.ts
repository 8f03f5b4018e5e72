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

/** How far beyond what is shown a text is read: a secret that begins before may end after. */
const OVERLAP = 1024;
/** The same for the values of live secrets: more than the longest (64 KB, in base64). */
const SECRET_OVERLAP = 131_072;

export function createText({ names, mask, patterns }: TextSetup): ShowText {
  return (text, maxLength, lines) => {
    const length = Math.min(text.length, maxLength);
    const found: Finding[] = [];
    const read = text.length > maxLength ? text.slice(0, maxLength + OVERLAP) : text;
    const isVisible = scan(read, length, names, found);
    if (patterns.length > 0) addMatches(read, length, patterns, found);
    addSecrets(text.slice(0, maxLength + SECRET_OVERLAP), length, found);
    const masked = found.length === 0 ? text.slice(0, length) : replaced(read, length, found, mask);
    const shown = isVisible && found.length === 0 ? masked : visible(masked, lines);
    if (length === text.length && shown.length <= maxLength) return shown;
    const cut = shown.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, "");
    return `${cut}…[${text.length} characters]`;
  };
}

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
