/** Random text that is the same on each run. */
export interface Random {
  below(limit: number): number;
  of(alphabet: string, length: number): string;
}

export const HEX = "0123456789abcdef";
export const DIGITS = "0123456789";
export const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const LOWER = UPPER.toLowerCase();
export const ALNUM = UPPER + LOWER + DIGITS;
export const BASE64 = `${ALNUM}+/`;
export const URL_SAFE = `${ALNUM}_-`;

/** Mulberry32: small, and good enough to spread over an alphabet. */
export function randomFrom(seed: number): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    of: (alphabet, length) =>
      Array.from({ length }, () => alphabet[below(alphabet.length)]).join(""),
  };
}
