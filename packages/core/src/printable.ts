/**
 * Text from outside, made safe to print: one line, visible characters only, of bounded length.
 *
 * @module
 */

/** Control, format (bidi overrides among them), surrogate, private-use and unassigned characters, and line and paragraph separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** `text` cut to `maxLength` UTF-16 units, with what cannot be seen written as `\u{hex}`. */
export function printable(text: string, maxLength: number): string {
  const start = text.length > maxLength ? text.slice(0, maxLength) : text;
  const shown = start.replace(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  );
  return shown.length > maxLength || start !== text ? `${shown.slice(0, maxLength - 1)}…` : shown;
}
