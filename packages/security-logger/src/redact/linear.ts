/**
 * Whether an application's own pattern takes linear time on any text, by a check that is small and
 * strict: what it accepts is linear, and it refuses much that is linear too.
 *
 * A search tries a pattern at each place of a text. It is linear when few characters are read at each
 * place, or when the characters read at one place are not read again from the next: the pattern begins
 * with one that cannot come again in what follows, or with a word. Repetitions have limits, but for one
 * at the very end, behind which nothing can fail; and the ways to match at one place, which multiply, are
 * counted with the characters.
 *
 * @module
 */

/** The most steps at one place: the ways to match there, times the characters that are read. */
const MAX_STEPS = 28;
/** How often a character may be repeated where that is read but once. */
const MAX_LENGTH = 256;
const MAX_SOURCE_LENGTH = 1000;

/** A part of a pattern. */
interface Part {
  readonly source: string;
  /** In how many ways it can match at one place, and how long a match can be. */
  readonly ways: number;
  readonly length: number;
  /** The source of the single character that it repeats, from `min` to `max` times. */
  readonly character?: string;
  /** The sources of all characters in it. */
  readonly characters: readonly string[];
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
    this.#alternatives(true);
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

  /** @param isWhole whether it is the whole pattern. */
  #alternatives(isWhole: boolean): Pick<Part, "ways" | "length" | "characters"> {
    let ways = 0;
    let length = 0;
    const characters: string[] = [];
    do {
      const start = this.#at;
      const parts = this.#sequence(isWhole);
      if (isWhole) this.#checkSteps(parts, this.#quoted(start, this.#at));
      ways += waysOf(parts);
      length = Math.max(lengthOf(parts), length);
      characters.push(...parts.flatMap((part) => part.characters));
    } while (this.#take(/\|/y) !== "");
    return { ways, length, characters };
  }

  #checkSteps(parts: readonly Part[], source: string): void {
    const ways = waysOf(parts);
    const last = parts.at(-1);
    // Once its last repetition has come to its least, it has matched.
    const isEnd = last?.character !== undefined && last.ways === 1;
    const length = lengthOf(parts) - (isEnd ? last.length : 0);
    if (length > MAX_LENGTH || (last?.min ?? 0) > MAX_LENGTH) {
      this.#refuse(source, "is too long a match; lower its limits");
    }
    if (ways * Math.max(length, 1) <= MAX_STEPS || (ways === 1 && this.#isReadOnce(parts))) return;
    this.#refuse(
      source,
      `reads ${length} characters in ${ways} ways at each place, ${MAX_STEPS} steps at most; lower its limits, ` +
        "or begin with a character that cannot come again in what follows it, or with \\b and letters or digits alone",
    );
  }

  /** Whether what is read from one place is not read again from the next. */
  #isReadOnce(parts: readonly Part[]): boolean {
    const [first] = parts;
    const all = parts.flatMap((part) => part.characters);
    if (first?.source === "\\b") return all.every((character) => this.#isSubset(character, "\\w"));
    for (const [index, { character, min, max }] of parts.slice(0, MAX_STEPS).entries()) {
      if (character === undefined || min < 1 || max > 1) return false;
      const rest = parts.slice(index + 1).flatMap((part) => part.characters);
      if (rest.every((other) => !this.#overlap(character, other))) return true;
    }
    return false;
  }

  #sequence(isWhole: boolean): Part[] {
    const parts: Part[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source.charAt(this.#at))) {
      const start = this.#at;
      const atom = this.#atom();
      parts.push(this.#repeated(atom, start, isWhole));
    }
    // Ways do not multiply where what follows tells the end of a repetition, or nothing follows.
    return parts.map((part, index) => {
      const next = parts[index + 1];
      if (part.ways === 1 || part.character === undefined) return part;
      const isTold = next === undefined ? isWhole : this.#isDisjoint(part.character, next);
      return isTold ? { ...part, ways: 1 } : part;
    });
  }

  /** One character, one group, or a place such as a word's end. */
  #atom(): Part {
    const once = { min: 1, max: 1, ways: 1, characters: [] };
    const place = this.#take(ASSERTION);
    if (place !== "") return { ...once, source: place, length: 0 };
    const character = this.#character();
    if (character !== "") {
      return { ...once, source: character, length: 1, character, characters: [character] };
    }
    const start = this.#at;
    if (this.#take(GROUP) === "") {
      this.#refuse(
        this.#quoted(start, start + 8),
        "cannot be checked (a backreference, for example)",
      );
    }
    const inner = this.#alternatives(false);
    this.#at++;
    return { ...once, source: this.#source.slice(start, this.#at), ...inner };
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

  #repeated(atom: Part, start: number, isWhole: boolean): Part {
    const quantifier = this.#take(QUANTIFIER);
    if (quantifier === "") return atom;
    const [min, max] = limitsOf(quantifier);
    const source = this.#quoted(start, this.#at);
    if (max === Number.POSITIVE_INFINITY) {
      const isEnd = isWhole && /^(?:\||$)/.test(this.#source.slice(this.#at, this.#at + 1));
      if (!isEnd || atom.character === undefined) {
        this.#refuse(source, "repeats without a limit; write one, such as {1,64}");
      }
      return { ...atom, source, min, max, length: min };
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
    return !this.#overlap(character, next.character);
  }

  #overlap(character: string, other: string): boolean {
    const set = this.#setOf(other);
    return this.#setOf(character).some((member, code) => member === 1 && set[code] === 1);
  }

  #isSubset(character: string, other: string): boolean {
    const set = this.#setOf(other);
    return this.#setOf(character).every((member, code) => member === 0 || set[code] === 1);
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

const waysOf = (parts: readonly Part[]): number =>
  parts.reduce((product, part) => product * part.ways, 1);

const lengthOf = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => sum + part.length, 0);

function limitsOf(quantifier: string): readonly [min: number, max: number] {
  const [, from, comma, to] = /^\{(\d{1,9})(,?)(\d{0,9})\}/.exec(quantifier) ?? [];
  if (from === undefined) {
    return [
      quantifier.startsWith("+") ? 1 : 0,
      quantifier.startsWith("?") ? 1 : Number.POSITIVE_INFINITY,
    ];
  }
  if (comma === "") return [Number(from), Number(from)];
  return [Number(from), to === "" ? Number.POSITIVE_INFINITY : Number(to)];
}
