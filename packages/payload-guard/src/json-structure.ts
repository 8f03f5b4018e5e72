/**
 * Measuring the structure of a JSON text without parsing it.
 *
 * @module
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const SMALL_F = 0x66;
const SMALL_N = 0x6e;
const SMALL_T = 0x74;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** UTF-16 units of the text that are looked at together. */
const WINDOW_LENGTH = 8_192;

/** More than any text has: V8's longest string is 2^29 - 24. As a small integer it keeps the counting fast. */
const NO_LIMIT = 2 ** 30 - 1;

/** By character: whether it is of a number or between tokens, where nothing is counted. */
const IS_FILLING = new Uint8Array(256);
for (const character of Buffer.from("+-.0123456789Ee \t\n\r")) IS_FILLING[character] = 1;

/** Units in which the end of a string is looked for before `indexOf` is called, which costs as much as 20. */
const FIRST_REACH = 8;

/** The same behind an escaped quote: where there is one, the next is not far. */
const NEXT_REACH = 32;

/** Escaped quotes nearer to each other than this are cheaper to step over than to find. */
const NEAR = 6;

/** Units to step over behind each. */
const STEPS = 8;

/** In the place of where a string began. */
const NONE = -1;

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
 * The part of the text that is being scanned, one byte for a UTF-16 unit: what is beyond U+00FF, and so has
 * no meaning in JSON, is 255 there. An element of a typed array is read in a third of the time of
 * `charCodeAt`. All invocations of the process share it, which is safe because a scan is synchronous,
 * calls nothing of the application and fills it before reading it.
 */
const window = Buffer.from(new ArrayBuffer(WINDOW_LENGTH + 8));
const clampedWindow = new Uint8ClampedArray(window.buffer);
const words = new DataView(window.buffer);

/** Where a part of the text is written that has units beyond U+00FF. */
const wideBytes = Buffer.from(new ArrayBuffer(2 * WINDOW_LENGTH));
const wideUnits = new Uint16Array(wideBytes.buffer);

/** V8 knows at once that a string of bytes has no match, which most texts are. */
const WIDE = /[^\0-\xff]/;

/** Copies the text from `base` on into the window, puts a quote behind it, and gives the units copied. */
function fillWindow(text: string, base: number): number {
  const part = text.slice(base, base + WINDOW_LENGTH);
  const { length } = part;
  if (WIDE.test(part)) {
    wideBytes.write(part, "utf16le");
    clampedWindow.set(wideUnits.subarray(0, length));
  } else {
    window.write(part, "latin1");
  }
  window[length] = QUOTE; // Where the loops stop without counting.
  return length;
}

/**
 * Where the next quote of the window stands from `start` on. One that is not before `end` may be left
 * out: then it is a place from `end` on, up to which there is no quote.
 *
 * Four units are read at once, by which strings with escapes take two thirds of the time: where a byte is a
 * quote `word` has a zero byte, and the subtraction sets the highest bit of that.
 */
function nextQuote(start: number, end: number): number {
  let at = start;
  while (at < end) {
    const word = words.getInt32(at, true) ^ 0x22222222;
    const zeros = (word - 0x01010101) & ~word & 0x80808080;
    // The lowest one is a quote; those above it may be set by what the subtraction borrowed.
    if (zeros !== 0) return at + ((31 - Math.clz32(zeros & -zeros)) >> 3);
    at += 4;
  }
  return at;
}

/** What a scan knows between two windows. */
interface Progress {
  /** The place in the text up to which it has come. */
  at: number;
  /** Where the string began that is open there, or {@link NONE}. */
  stringStart: number;
  depth: number;
  keys: number;
  /** How many commas the innermost container may still have. */
  commas: number;
  /** The same for each container around it. */
  readonly outer: number[];
}

/**
 * One pass over the text, without recursion and linear whatever the text: strings are left by
 * leaps from quote to quote, and no leap or step goes back. The only thing that grows is the stack
 * of open containers, up to `maxDepth`.
 */
function scan(text: string, limits: StructureLimits): keyof StructureLimits | undefined {
  const maxCommas = Math.min(limits.maxArrayLength, NO_LIMIT) - 1;
  const progress: Progress = {
    at: 0,
    stringStart: NONE,
    depth: 0,
    keys: 0,
    commas: NO_LIMIT,
    outer: [],
  };
  while (progress.at < text.length) {
    const exceeded = scanWindow(text, progress, limits, maxCommas);
    if (exceeded !== undefined) return exceeded;
  }
  return undefined;
}

/**
 * Scans the part of the text that fits into a window, and more where a string goes on behind it.
 *
 * The scan ends at the first character that no JSON text has outside strings, since a parser ends
 * there too; so text and binary data that merely begin like JSON pass. It is one function because a call
 * for each token would take longer than the token, and one for each window because V8 optimizes a function
 * that is called often better than one that loops for long (flat JSON of 6 MB: by a third).
 */
function scanWindow(
  text: string,
  progress: Progress,
  limits: StructureLimits,
  maxCommas: number,
): keyof StructureLimits | undefined {
  const { maxDepth, maxKeys, maxStringLength } = limits;
  const { outer } = progress;
  let { stringStart, depth, keys, commas } = progress;
  const units = window;
  // Within a string, the window begins with a quote in the place of the character before: it is read as one
  // that begins there. To ask for each token whether a string is open took 8 % more of objects.
  const base = stringStart === NONE ? progress.at : progress.at - 1;
  const filled = fillWindow(text, base);
  if (stringStart !== NONE) units[0] = QUOTE;
  /** A place in the window; behind it, once a string has led there. */
  let at = 0;
  while (at < filled) {
    let unit = units[at++] as number;
    // Four for each turn: 13 % less for numbers, and for spaces.
    while (IS_FILLING[unit] === 1) {
      unit = units[at++] as number;
      if (IS_FILLING[unit] !== 1) break;
      unit = units[at++] as number;
      if (IS_FILLING[unit] !== 1) break;
      unit = units[at++] as number;
      if (IS_FILLING[unit] !== 1) break;
      unit = units[at++] as number;
    }
    switch (unit) {
      case QUOTE: {
        if (at > filled) {
          at = filled; // The quote behind the window.
          break;
        }
        if (stringStart === NONE) stringStart = base + at;
        let from = at;
        let reach = FIRST_REACH;
        let isOver = true;
        for (;;) {
          const end = Math.min(at + reach, filled);
          at = nextQuote(at, end);
          if (at >= end) {
            at = text.indexOf('"', base + at) - base;
            if (at < 0) {
              at = text.length - base; // It never ends.
              break;
            }
          }
          // Behind an odd number of backslashes, a quote is a part of the string.
          let escapes = at;
          if (at < filled) while (escapes > from && units[escapes - 1] === BACKSLASH) escapes--;
          else
            while (escapes > from && text.charCodeAt(base + escapes - 1) === BACKSLASH) escapes--;
          if ((at - escapes) % 2 === 0) break;
          at++;
          if (at - from < NEAR) {
            let last = Math.min(at + STEPS, filled);
            while (at < last && (unit = units[at] as number) !== QUOTE) {
              at += unit === BACKSLASH ? 2 : 1;
              if (unit === BACKSLASH && units[at - 1] === QUOTE)
                last = Math.min(at + STEPS, filled);
            }
          }
          if (at >= filled) {
            isOver = false;
            break;
          }
          from = at;
          reach = NEXT_REACH;
        }
        if (base + at - stringStart > maxStringLength) return "maxStringLength";
        if (!isOver) break;
        stringStart = NONE;
        at++;
        // Here, and not as a token of its own: 9 % less for objects of short members.
        if (at < filled && units[at] === COLON) {
          if (++keys > maxKeys) return "maxKeys";
          at++;
        }
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
      default:
        progress.at = text.length;
        return undefined;
    }
  }
  progress.at = base + at;
  progress.stringStart = stringStart;
  progress.depth = depth;
  progress.keys = keys;
  progress.commas = commas;
  return undefined;
}
