/**
 * The one check of every factory's options: a wrong option is found when the function is
 * deployed or tested, by a message that names it, never in the middle of a request.
 *
 * @module
 */

/** What an option may be: a test, and its description for the error message. */
export interface OptionRule {
  /** Ends the sentence "must be ..." of the error message. */
  readonly expected: string;
  /** Whether the option may have this value. */
  accepts(value: unknown): boolean;
}

/** A whole number of `unit`, 0 or more; `Infinity` means that there is no limit. */
export const limitOf = (unit: string): OptionRule => ({
  expected: `a whole number of ${unit}, 0 or more (Infinity for no limit)`,
  accepts: (value) =>
    value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && (value as number) >= 0),
});

/** `true` or `false`. */
export const flag: OptionRule = {
  expected: "true or false",
  accepts: (value) => typeof value === "boolean",
};

/** One of these strings, numbers or booleans. */
export const oneOf = (...allowed: readonly (string | number | boolean)[]): OptionRule => ({
  expected: allowed.map((value) => JSON.stringify(value)).join(" or "),
  accepts: (value) => (allowed as readonly unknown[]).includes(value),
});

/** A string with at least one character. */
export const text: OptionRule = {
  expected: "a non-empty string",
  accepts: (value) => typeof value === "string" && value !== "",
};

/** An array of non-empty strings. */
export const textList: OptionRule = {
  expected: "an array of non-empty strings",
  accepts: (value) => Array.isArray(value) && value.every(text.accepts),
};

/** A function. */
export const callback: OptionRule = {
  expected: "a function",
  accepts: (value) => typeof value === "function",
};

/** An object, not an array. */
export const record: OptionRule = {
  expected: "an object",
  accepts: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** What one of the given rules accepts. */
export const either = (...rules: readonly OptionRule[]): OptionRule => ({
  expected: rules.map((rule) => rule.expected).join(", or "),
  accepts: (value) => rules.some((rule) => rule.accepts(value)),
});

/**
 * Checks `options` against one rule for each known option and returns them. An option that is
 * `undefined` counts as not given.
 *
 * @param owner the package (and the place within its options) that a message names.
 * @throws TypeError that names the owner, the option, the type of what was given (never the
 *   value, which may be a secret) and what is expected; for a misspelt option, the one meant.
 */
export function checkOptions<Options extends object>(
  owner: string,
  options: Options,
  rules: { readonly [Name in keyof Required<Options>]: OptionRule },
): Options {
  if (!record.accepts(options)) {
    throw new TypeError(`${owner}: expected an object of options, but got ${typeName(options)}.`);
  }
  const known = rules as Readonly<Record<string, OptionRule>>;
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (rule === undefined) {
      const meant = nearest(name, Object.keys(known));
      throw new TypeError(
        `${owner}: unknown option "${name}". ${
          meant === undefined
            ? `Known options: ${Object.keys(known).join(", ")}.`
            : `Did you mean "${meant}"?`
        }`,
      );
    }
    if (value !== undefined && !rule.accepts(value)) {
      throw new TypeError(
        `${owner}: option "${name}" must be ${rule.expected}, but got ${typeName(value)}.`,
      );
    }
  }
  return options;
}

/** The type of a value as a message says it, without the value. */
function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number" && value < 0) return "a negative number";
  if (typeof value === "number" && !Number.isInteger(value)) return "a number that is not whole";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The known name that a misspelt one most likely meant, if one is near. */
function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 1 + name.length / 3;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance, in one row that is overwritten from line to line. */
function editDistance(from: string, to: string): number {
  const row = [...Array(to.length + 1).keys()];
  for (const [line, character] of [...from].entries()) {
    let diagonal = line;
    row[0] = line + 1;
    for (let column = 1; column <= to.length; column++) {
      const above = row[column] as number;
      const left = row[column - 1] as number;
      const replaced = diagonal + Number(character !== to[column - 1]);
      row[column] = Math.min(replaced, above + 1, left + 1);
      diagonal = above;
    }
  }
  return row[to.length] as number;
}
