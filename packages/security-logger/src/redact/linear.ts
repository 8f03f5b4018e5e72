/**
 * Whether an application's own pattern takes linear time on any text, by a check that is small and
 * strict: what it accepts is linear, and it refuses much that is linear too.
 *
 * A search tries a pattern at each place of a text. It is linear when the steps at one place are bounded:
 * repetitions have limits (but for one at the very end, behind which nothing can fail), and the ways in
 * which the pattern can match at one place are few. Those multiply, unless what follows a repetition can
 * be no part of it.
 *
 * @module
 */

/** The most steps at one place: the ways to match there, times the length of a match. */
const MAX_STEPS = 2000;
const MAX_SOURCE_LENGTH = 1000;

/** A part of a pattern. */
interface Part {
  readonly source: string;
  /** In how many ways it can match at one place, and how long a match can be. */
  readonly ways: number;
  readonly length: number;
  /** The source of the single character that it repeats, from `min` to `max` times. */
  readonly character?: string;
  readonly min: number;
  readonly max: number;
}

const CHARACTER = /\\[^\dk]|[^\\[\](){}*+?|^$.]/y;
/** With the flag `u`, a surrogate pair is one. */
const CODE_POINT = /\\[^\dk]|[^\\[\](){}*+?|^$.]/uy;
const UNICODE_ESCAPE = /\\(?:u\{[\da-f]{1,6}\}|p\{[^}]{1,64}\})/iy;
const LONG_ESCAPE = /\\(?:u[\da-f]{4}|x[\da-f]{2}|c[a-z])/iy;
const NULL_ESCAPE = /\\0(?!\d)/y;
const LONE_BRACKET = /[\]{}]/y;
const ANY_CHARACTER = /\./y;
const CLASS = /\[(?:\\[\s\S]|[^\]\\])*\]/y;
const ASSERTION = /[$^]|\\[bB]/y;
const GROUP = /\((?:\?(?::|<?[=!]|<[\w$]{1,64}>))?(?!\?)/y;
const QUANTIFIER = /(?:[*+?]|\{\d{1,9}(?:,\d{0,9})?\})\??/y;

/**
 * A pattern that finds the same as the given one and is sure to be linear.
 *
 * @throws TypeError that says which part is not, and how to write it.
 */
export function linear(pattern: RegExp): RegExp {
  const flags = pattern.flags.replace(/[gy]/g, "");
  new Reader(pattern, flags).check();
  return new RegExp(pattern.source, `${flags}g`);
}

class Reader {
  readonly #pattern: RegExp;
  readonly #source: string;
  readonly #flags: string;
  readonly #sets = new Map<string, Uint8Array>();
  #at = 0;

  constructor(pattern: RegExp, flags: string) {
    this.#pattern = pattern;
    this.#source = pattern.source;
    this.#flags = flags;
  }

  check(): void {
    if (this.#source.length > MAX_SOURCE_LENGTH) this.#refuse("It", "is too long to be checked");
    if (this.#flags.includes("v")) this.#refuse("The flag v", "cannot be checked; write it with u");
    const { ways, length } = this.#alternatives(true);
    if (ways * length > MAX_STEPS) {
      this.#refuse("It", `can match in ${ways} ways, ${length} characters long; lower its limits`);
    }
  }

  #refuse(part: string, reason: string): never {
    throw new TypeError(
      `@middy-hardening/security-logger: redactor: option "patterns" has ${this.#pattern}, which may be slow. ` +
        `${part} ${reason}.`,
    );
  }

  /** What is read at the current place, which moves on; empty if it is something else. */
  #take(form: RegExp): string {
    form.lastIndex = this.#at;
    const taken = form.exec(this.#source)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }

  /** @param isLast whether the pattern ends behind it. */
  #alternatives(isLast: boolean): { ways: number; length: number } {
    let ways = 0;
    let length = 0;
    do {
      const parts = this.#sequence(isLast);
      ways += parts.reduce((product, part) => product * part.ways, 1);
      length = Math.max(
        parts.reduce((sum, part) => sum + part.length, 0),
        length,
      );
    } while (this.#take(/\|/y) !== "");
    return { ways, length };
  }

  #sequence(isLast: boolean): Part[] {
    const parts: Part[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source.charAt(this.#at))) {
      const start = this.#at;
      const atom = this.#atom();
      parts.push(this.#repeated(atom, start, isLast));
    }
    // Ways do not multiply where what follows tells the end of a repetition, or nothing follows.
    return parts.map((part, index) => {
      const next = parts[index + 1];
      if (part.ways === 1 || part.character === undefined) return part;
      const isTold = next === undefined ? isLast : this.#isDisjoint(part.character, next);
      return isTold ? { ...part, ways: 1 } : part;
    });
  }

  /** One character, one group, or a place such as a word's end. */
  #atom(): Part {
    const once = { min: 1, max: 1, ways: 1 };
    const place = this.#take(ASSERTION);
    if (place !== "") return { ...once, source: place, length: 0 };
    const character = this.#character();
    if (character !== "") return { ...once, source: character, length: 1, character };
    const start = this.#at;
    if (this.#take(GROUP) === "") {
      this.#refuse(
        this.#quoted(start, start + 8),
        "cannot be checked (a backreference, for example)",
      );
    }
    const { ways, length } = this.#alternatives(false);
    this.#at++;
    return { ...once, source: this.#source.slice(start, this.#at), ways, length };
  }

  #character(): string {
    const isUnicode = this.#flags.includes("u");
    return (
      (isUnicode && this.#take(UNICODE_ESCAPE)) ||
      this.#take(LONG_ESCAPE) ||
      this.#take(NULL_ESCAPE) ||
      this.#take(isUnicode ? CODE_POINT : CHARACTER) ||
      this.#take(ANY_CHARACTER) ||
      this.#take(CLASS) ||
      this.#take(LONE_BRACKET)
    );
  }

  #repeated(atom: Part, start: number, isLast: boolean): Part {
    const quantifier = this.#take(QUANTIFIER);
    if (quantifier === "") return atom;
    const [min, max] = limitsOf(quantifier);
    const source = this.#quoted(start, this.#at);
    if (max === Number.POSITIVE_INFINITY) {
      const isEnd = isLast && /^(?:\||$)/.test(this.#source.slice(this.#at, this.#at + 1));
      if (!isEnd || atom.character === undefined) {
        this.#refuse(source, "repeats without a limit; write one, such as {1,64}");
      }
      return { ...atom, source, min, max, length: Math.max(min, 1) };
    }
    if (atom.ways > 1 && max > 1) {
      this.#refuse(
        source,
        "repeats what can match in several ways; write a class such as [ab] or one form",
      );
    }
    const ways = max > 1 ? max - min + 1 : atom.ways + 1 - min;
    return { ...atom, source, min, max, ways, length: atom.length * max };
  }

  #quoted(start: number, end: number): string {
    return `"${this.#source.slice(start, end)}"`;
  }

  /** Whether no character is both of one part and of the next, which is there at least once. */
  #isDisjoint(character: string, next: Part): boolean {
    if (next.character === undefined || next.min === 0) return false;
    const set = this.#setOf(character);
    const other = this.#setOf(next.character);
    return !set.some((member, code) => member === 1 && other[code] === 1);
  }

  /** All characters that the source of one matches. */
  #setOf(character: string): Uint8Array {
    let set = this.#sets.get(character);
    if (set === undefined) {
      const form = new RegExp(`^(?:${character})$`, this.#flags.replace("m", ""));
      set = new Uint8Array(this.#flags.includes("u") ? 0x11_00_00 : 0x1_00_00);
      for (let code = 0; code < set.length; code++) {
        if (form.test(String.fromCodePoint(code))) set[code] = 1;
      }
      this.#sets.set(character, set);
    }
    return set;
  }
}

function limitsOf(quantifier: string): readonly [min: number, max: number] {
  const [, from, comma, to] = /^\{(\d+)(,?)(\d*)\}/.exec(quantifier) ?? [];
  if (from === undefined) {
    return [
      quantifier.startsWith("+") ? 1 : 0,
      quantifier.startsWith("?") ? 1 : Number.POSITIVE_INFINITY,
    ];
  }
  if (comma === "") return [Number(from), Number(from)];
  return [Number(from), to === "" ? Number.POSITIVE_INFINITY : Number(to)];
}
