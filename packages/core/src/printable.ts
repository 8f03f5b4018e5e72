/**
 * Text from outside, made safe to print: one line, visible characters only, of bounded length.
 *
 * @module
 */

/** `text` cut to `maxLength` UTF-16 units, with what cannot be seen written as `\u{hex}`. */
export function printable(text: string, maxLength: number): string {
  const start = text.length > maxLength ? text.slice(0, maxLength) : text;
  if (start === text && !/[^ -~]/.test(text)) return text;
  const shown = start.replace(
    // Control, format (bidi overrides among them), surrogate, private-use and unassigned characters,
    // line and paragraph separators, and what is invisible by default, in which text can be hidden.
    // Here, since the tables behind it take 0.1 ms of a cold start.
    /[\p{C}\p{Zl}\p{Zp}\p{DI}]/gu,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  );
  if (start === text && shown.length <= maxLength) return shown;
  // Not in the middle of a surrogate pair.
  return `${shown.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
