/**
 * Finding any of many texts in a text, reading only a part of its characters.
 *
 * All needles are looked for at once by their first eight characters: two characters of the text tell
 * how far the next place is at which a needle may begin (after Wu and Manber, 1994).
 *
 * @module
 */

/** Shorter ones would be found in harmless text. */
export const MIN_NEEDLE_LENGTH = 8;

/** How far to go on where no needle holds the two characters among its first eight. */
const LONGEST_SHIFT = MIN_NEEDLE_LENGTH - 1;

interface Needle<Owner> {
  readonly needle: string;
  readonly owner: Owner;
}

/** A place at which needles stand, the longest first. */
interface FoundNeedles<Owner> {
  readonly start: number;
  readonly needles: readonly Needle<Owner>[];
}

export class NeedleIndex<Owner> {
  /** By the needles' first eight characters. */
  readonly #needles = new Map<string, Needle<Owner>[]>();
  /** By two characters of the text. */
  readonly #shifts = new Uint8Array(65_536).fill(LONGEST_SHIFT);

  /** @param needle at least eight characters. */
  add(needle: string, owner: Owner): void {
    const start = needle.slice(0, MIN_NEEDLE_LENGTH);
    const others = this.#needles.get(start);
    if (others === undefined) this.#needles.set(start, [{ needle, owner }]);
    else {
      others.push({ needle, owner });
      others.sort((a, b) => b.needle.length - a.needle.length);
    }
    for (let at = 1; at < MIN_NEEDLE_LENGTH; at++) {
      const pair = pairAt(needle, at);
      this.#shifts[pair] = Math.min(this.#shifts[pair] as number, LONGEST_SHIFT - at);
    }
  }

  /** The first place, from `from` on, at which a needle begins. */
  next(text: string, from: number): FoundNeedles<Owner> | undefined {
    const { length } = text;
    let at = from + LONGEST_SHIFT;
    while (at < length) {
      const shift = this.#shifts[pairAt(text, at)] as number;
      if (shift !== 0) {
        at += shift;
        continue;
      }
      const start = at - LONGEST_SHIFT;
      const needles = this.#needles
        .get(text.slice(start, at + 1))
        ?.filter(({ needle }) => text.startsWith(needle, start));
      if (needles !== undefined && needles.length > 0) return { start, needles };
      at++;
    }
    return undefined;
  }
}

/** The two characters that end at a place, as a number below 65,536. */
const pairAt = (text: string, at: number): number =>
  ((text.charCodeAt(at - 1) << 8) ^ text.charCodeAt(at)) & 0xff_ff;
