/**
 * Measuring the structure of a JSON text without parsing it.
 *
 * @module
 */

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const NINE = 0x39;
const COLON = 0x3a;
const CAPITAL_E = 0x45;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const SMALL_E = 0x65;
const SMALL_F = 0x66;
const SMALL_N = 0x6e;
const SMALL_T = 0x74;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** UTF-16 units of the text that are looked at together. */
const WINDOW_LENGTH = 8_192;

/** More than any text has: V8's longest string is 2^29 - 24. As a small integer it keeps the counting fast. */
const NO_LIMIT = 2 ** 30 - 1;

/** Escaped quotes nearer to each other than this are cheaper to step over than to leap to. */
const NEAR = 20;

/** Units to step over before trying to leap again. */
const STEPS = 256;

/** What a JSON text may hold: whole numbers or `Infinity`. */
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
 * The first limit that a JSON text exceeds; `undefined` when it keeps them all.
 *
 * This does not validate, but it is exact for every text that `JSON.parse` accepts, and for as
 * much of any other as a parser reads before it gives up.
 */
export function exceededLimit(
  text: string,
  limits: StructureLimits,
): keyof StructureLimits | undefined {
  return isTooShortToExceed(text, limits) ? undefined : scan(text, limits);
}

/**
 * Whether the length of the text and the number of its brackets, in strings or not, are proof
 * enough that no limit is exceeded. So it is with the bodies that most APIs receive.
 */
function isTooShortToExceed(text: string, limits: StructureLimits): boolean {
  const { length } = text;
  // A key takes four characters at least (`"":0`), an element two with its comma or bracket.
  if (length > limits.maxStringLength || length > 4 * limits.maxKeys) return false;
  if (length > 2 * limits.maxArrayLength) return false;
  let left = limits.maxDepth;
  if (length <= left) return true;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (--left < 0) return false;
    }
  }
  return true;
}

/**
 * The part of the text that is being scanned, as UTF-16 units: an element of a typed array is read
 * in a third of the time of `charCodeAt`. All invocations of the process share it, which is safe
 * because a scan is synchronous, calls nothing of the application and fills it before reading it.
 */
const windowBytes = Buffer.from(new ArrayBuffer(2 * (WINDOW_LENGTH + 1)));
const window = new Uint16Array(windowBytes.buffer);

/** Copies the text from `base` on into the window, puts a quote behind it, and gives the units copied. */
function fillWindow(text: string, base: number): number {
  const part = text.slice(base, base + WINDOW_LENGTH);
  windowBytes.write(part, "utf16le");
  window[part.length] = QUOTE; // Where the loops over digits and spaces stop without counting.
  return part.length;
}

/**
 * One pass over the text, without recursion and linear whatever the text: strings are left by
 * leaps from quote to quote, and no leap or step goes back. The only thing that grows is the stack
 * of open containers, up to `maxDepth`.
 *
 * The scan ends at the first character that no JSON text has outside strings, since a parser ends
 * there too; so text and binary data that merely begin like JSON pass. It is one function because
 * a call for each token would take longer than the token.
 */
function scan(text: string, limits: StructureLimits): keyof StructureLimits | undefined {
  const { maxDepth, maxKeys, maxStringLength } = limits;
  const maxCommas = Math.min(limits.maxArrayLength, NO_LIMIT) - 1;
  const { length } = text;
  const units = window;
  /** For each container around the innermost: how many commas it may still have. */
  const outer: number[] = [];
  let depth = 0;
  let keys = 0;
  let commas = NO_LIMIT;
  // The window shows the text from `base` on; `at` is a place in the window.
  let base = 0;
  while (base < length) {
    let filled = fillWindow(text, base);
    let at = 0;
    while (at < filled) {
      let unit = units[at++] as number;
      // Digits, minus and point (and the solidus, which no JSON text has there).
      while (unit >= MINUS && unit <= NINE) unit = units[at++] as number;
      switch (unit) {
        case QUOTE: {
          if (at > filled) {
            at = filled; // The quote behind the window.
            break;
          }
          const start = base + at;
          let from = start;
          let end: number;
          for (;;) {
            end = text.indexOf('"', from);
            if (end === -1) end = length;
            let escapes = end;
            while (escapes > from && text.charCodeAt(escapes - 1) === BACKSLASH) escapes--;
            if ((end - escapes) % 2 === 0 || end === length) break;
            const isNear = end - from < NEAR;
            from = end + 1;
            if (!isNear) continue;
            at = from - base;
            if (at >= filled) {
              base = from;
              filled = fillWindow(text, base);
              at = 0;
            }
            const last = Math.min(at + STEPS, filled);
            while (at < last && (unit = units[at] as number) !== QUOTE) {
              at += unit === BACKSLASH ? 2 : 1;
            }
            from = base + at;
          }
          if (end - start > maxStringLength) return "maxStringLength";
          at = end + 1 - base;
          break;
        }
        case COLON:
          if (++keys > maxKeys) return "maxKeys";
          break;
        case COMMA:
          if (--commas < 0) return "maxArrayLength";
          break;
        case OPEN_OBJECT:
          outer[depth] = commas;
          commas = NO_LIMIT;
          if (++depth > maxDepth) return "maxDepth";
          break;
        case OPEN_ARRAY:
          outer[depth] = commas;
          commas = maxCommas;
          if (++depth > maxDepth) return "maxDepth";
          // An only element has no comma: where no element is allowed, it must be looked for.
          if (commas < 0 && !/^\s*\]/.test(text.slice(base + at))) return "maxArrayLength";
          break;
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          if (depth > 0) commas = outer[--depth] as number;
          break;
        case SMALL_T:
        case SMALL_N:
          at += 3; // true, null: a parser reads no further when it is another word.
          break;
        case SMALL_F:
          at += 4; // false
          break;
        case TAB:
        case LINE_FEED:
        case CARRIAGE_RETURN:
        case SPACE:
          while (units[at] === SPACE) at++;
          break;
        case PLUS:
        case CAPITAL_E:
        case SMALL_E:
          break; // Of a number.
        default:
          return undefined;
      }
    }
    base += at;
  }
  return undefined;
}
