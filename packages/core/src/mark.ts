/**
 * Searching a long text, such as a whole response, for patterns in linear time.
 *
 * @module
 */

/**
 * A piece that every text of a kind holds, and what must stand around it: a sticky pattern, tried from
 * the end of the piece on, which may look back.
 *
 * V8 finds a piece of at most six characters fastest, and one that begins with a character that is
 * rare in the text. `needed` is a rare character that such a text always holds: where it is absent,
 * all marks that need it and stand one after another in a list cost one search.
 */
export type Mark = readonly [piece: string, pattern: RegExp, needed?: string];

/** How far from its piece a pattern sees, in UTF-16 units. */
const REACH = 640;

/**
 * Whether one of the marks stands in `text`. A pattern sees its surroundings only from the piece
 * before to the piece after, so that text which repeats a piece is not read again for each of them.
 */
export function holdsMark(text: string, marks: readonly Mark[]): boolean {
  let present: string | undefined;
  let absent: string | undefined;
  for (const mark of marks) {
    const needed = mark[2];
    if (needed !== undefined && needed !== present) {
      if (needed === absent || !text.includes(needed)) {
        absent = needed;
        continue;
      }
      present = needed;
    }
    const at = text.indexOf(mark[0]);
    if (at !== -1 && holdsAround(text, mark, at)) return true;
  }
  return false;
}

/** Whether the mark whose piece is first found at `at` stands there, or where the piece is found again. */
function holdsAround(text: string, [piece, pattern]: Mark, first: number): boolean {
  let start = 0;
  let at = first;
  while (at !== -1) {
    const end = at + piece.length;
    const next = text.indexOf(piece, end);
    const from = Math.max(start, at - REACH);
    pattern.lastIndex = end - from;
    const to = Math.min(next === -1 ? text.length : next, end + REACH);
    if (pattern.test(text.slice(from, to))) return true;
    // With the character before the piece, for patterns that ask where a word begins.
    start = Math.max(at - 1, 0);
    at = next;
  }
  return false;
}
