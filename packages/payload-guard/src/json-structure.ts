/**
 * Measuring the structure of a JSON text without parsing it.
 *
 * @module
 */

/** What a JSON text may hold. All are whole numbers; {@link structureLimits} makes them. */
export interface StructureLimits {
  /** Objects and arrays open at one time: `[]` is 1 deep, `[{}]` is 2. */
  readonly maxDepth: number;
  /** Keys of all objects together, repeated ones included. */
  readonly maxKeys: number;
  /** Elements of one array. */
  readonly maxArrayLength: number;
  /** UTF-16 units between the quotes of one string or key, as written: `\u0041` is 6. */
  readonly maxStringLength: number;
}

/**
 * More than any count can reach: the longest string of V8 has 2^29 - 24 characters. A small
 * integer of V8 in place of `Infinity` keeps the scan's arithmetic free of floating point.
 */
const BEYOND_ANY_TEXT = 2 ** 30 - 1;

/** The limits as the scan wants them. */
export function structureLimits(limits: StructureLimits): StructureLimits {
  const small = (limit: number): number => Math.min(limit, BEYOND_ANY_TEXT);
  return {
    maxDepth: small(limits.maxDepth),
    maxKeys: small(limits.maxKeys),
    maxArrayLength: small(limits.maxArrayLength),
    maxStringLength: small(limits.maxStringLength),
  };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const END = 0;
const SKIP = 1;
const STRING = 2;
const COLON = 3;
const COMMA = 4;
const OPEN_OBJECT = 5;
const OPEN_ARRAY = 6;
const CLOSE = 7;

/** What a character means outside strings. Those that no JSON text has there end the scan. */
const MEANING = new Uint8Array(128);
for (const character of " \t\n\r0123456789+-.eEaflnrstu") MEANING[character.charCodeAt(0)] = SKIP;
MEANING[QUOTE] = STRING;
MEANING[0x3a] = COLON;
MEANING[0x2c] = COMMA;
MEANING[0x7b] = OPEN_OBJECT;
MEANING[0x5b] = OPEN_ARRAY;
MEANING[0x7d] = CLOSE;
MEANING[0x5d] = CLOSE;

/**
 * The first limit that a JSON text exceeds; `undefined` when it keeps them all.
 *
 * Every text that `JSON.parse` accepts is counted exactly. The scan does not validate: it ends at
 * the first character that no JSON text has outside strings, since a parser ends there too, and
 * what is malformed otherwise is counted as it comes. It is one pass, without recursion, and
 * linear whatever the text; nothing grows but the stack of open containers, up to `maxDepth`.
 */
export function exceededLimit(
  text: string,
  limits: StructureLimits,
): keyof StructureLimits | undefined {
  const { maxDepth, maxKeys, maxArrayLength, maxStringLength } = limits;
  const { length } = text;
  /** For each container around the innermost: how many commas it may still have. */
  const outer: number[] = [];
  let depth = 0;
  let keys = 0;
  let commasLeft = BEYOND_ANY_TEXT;
  for (let index = 0; index < length; index++) {
    const character = text.charCodeAt(index);
    switch (character < 128 ? MEANING[character] : END) {
      case SKIP:
        break;
      case STRING: {
        const start = index + 1;
        index = endOfString(text, start);
        if (index - start > maxStringLength) return "maxStringLength";
        break;
      }
      case COLON:
        if (++keys > maxKeys) return "maxKeys";
        break;
      case COMMA:
        if (--commasLeft < 0) return "maxArrayLength";
        break;
      case OPEN_OBJECT:
        outer[depth] = commasLeft;
        commasLeft = BEYOND_ANY_TEXT;
        if (++depth > maxDepth) return "maxDepth";
        break;
      case OPEN_ARRAY:
        outer[depth] = commasLeft;
        commasLeft = maxArrayLength - 1;
        if (++depth > maxDepth) return "maxDepth";
        // The first element has no comma: only a limit of none at all has to look for it.
        if (commasLeft < 0 && !/^\s*\]/.test(text.slice(index + 1))) return "maxArrayLength";
        break;
      case CLOSE:
        if (depth > 0) commasLeft = outer[--depth] as number;
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

/** How far to look for the end of a string by hand: calling `indexOf` costs as much as this many steps. */
const NEAR = 24;

/**
 * The index of the quote that ends the string whose content begins at `start`, or the text's length.
 *
 * Short strings are stepped through. In long ones `indexOf` leaps to the next quote, and the
 * backslashes before it tell whether it is escaped. Nothing is looked at more than twice: each
 * leap ends at a quote that the next one starts behind, and it never looks for a backslash.
 */
function endOfString(text: string, start: number): number {
  const { length } = text;
  let index = start;
  while (index < length) {
    const near = Math.min(index + NEAR, length);
    while (index < near) {
      const character = text.charCodeAt(index);
      if (character === QUOTE) return index;
      index += character === BACKSLASH ? 2 : 1;
    }
    const quote = text.indexOf('"', index);
    if (quote === -1) return length;
    let escape = quote;
    while (escape > index && text.charCodeAt(escape - 1) === BACKSLASH) escape--;
    if ((quote - escape) % 2 === 0) return quote;
    index = quote + 1;
  }
  return length;
}
