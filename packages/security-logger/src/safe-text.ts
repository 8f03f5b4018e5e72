/**
 * Text of any origin, made fit for a line: redacted, visible characters only, bounded.
 *
 * @module
 */
import { findSecret, printable } from "@middy-hardening/core";
import { once } from "./once.ts";
import { maskByKind } from "./redact/mask.ts";
import { createNames } from "./redact/names.ts";
import type { Redactor } from "./redact/redactor.ts";
import { createText, MAX_STRING_LENGTH } from "./redact/text.ts";

/** Makes texts fit for the lines of one log. */
export interface SafeText {
  /** On one line of at most `maxLength` characters; `undefined` for what is no text, or empty. */
  line(value: unknown, maxLength: number): string | undefined;
  /** The same for a text of several lines, such as a stack, which stay lines. */
  lines(value: string, maxLength: number): string | undefined;
}

/** How {@link Redactor} writes the end of a line. */
const LINE_END = "\\u{a}";

/** @param given the application's own redactor, which may have patterns of its own. */
export function safeTextBy(given?: Redactor): SafeText {
  // A redactor of values, with all its options, would be 12 KB of a bundle that has use for texts alone.
  // Most first requests need neither.
  const redactor = once(() => given ?? { text: redactingText() });
  return {
    line(value, maxLength) {
      if (typeof value !== "string" || value === "") return undefined;
      if (given === undefined && value.length <= maxLength && isPlain(value)) return value;
      return printable(redactor().text(value), maxLength);
    },
    lines(value, maxLength) {
      const text = redactor().text(value).replaceAll(LINE_END, "\n");
      return text.slice(0, maxLength).trim() || undefined;
    },
  };
}

/** As `createRedactor()` redacts texts. */
function redactingText(): (text: string) => string {
  const show = createText({ names: createNames([], []), mask: maskByKind, patterns: [] });
  return (text) => show(text, MAX_STRING_LENGTH);
}

/**
 * Whether no built-in pattern can find anything in a text, such as most paths and codes have: short words with
 * nothing between them that a credential is written with. Saves them the search for one.
 */
const isPlain = (text: string): boolean =>
  /^[\w/.-]{1,64}$/.test(text) && !/[\w-]{12}/.test(text) && findSecret(text) === undefined;
