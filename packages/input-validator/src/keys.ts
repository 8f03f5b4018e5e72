/**
 * The keys of parsed JSON.
 *
 * @module
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Prototype_Pollution_Prevention_Cheat_Sheet.html
 */

/** What can be wrong with keys, or with the characters of them and of strings. */
export type KeyProblem = "duplicate_key" | "forbidden_name" | "invalid_encoding";

/** Whether JSON text can hold what is forbidden at all: a name, or an escape that may spell it or half a character. */
export const maySpellForbidden = (text: string): boolean =>
  text.includes("__proto__") || text.includes("constructor") || text.includes("\\u");

/** Checks the keys of `value`, which was parsed from `text`, as far as the text gives reason to. */
export function checkJson(
  text: string,
  value: unknown,
  isExact: boolean,
  fail: (problem: KeyProblem) => never,
): void {
  if (!isExact && !maySpellForbidden(text)) return;
  const keys = countKeys(value, fail);
  // Of a name that is written twice, parsing leaves one key.
  if (isExact && keys < countWrittenKeys(text)) fail("duplicate_key");
}

/**
 * How many keys the objects in parsed JSON have in all. Iterative: it may be 200,000 levels deep.
 *
 * @param fail is called with `forbidden_name` when one of them, at any depth, is `__proto__`, or
 *   `constructor` of an object with the key `prototype`; with `invalid_encoding` for half a
 *   character (a lone surrogate, which an escape can spell), on which `encodeURIComponent` fails.
 */
export function countKeys(value: unknown, fail: (problem: KeyProblem) => never): number {
  let count = 0;
  // In an array, so that one string is not taken apart into its characters.
  const waiting: unknown[] = [[value]];
  while (waiting.length > 0) {
    const node = Object(waiting.pop());
    if (!Array.isArray(node)) count += Object.keys(node).length;
    if (
      Object.hasOwn(node, "__proto__") ||
      (Object.hasOwn(node, "constructor") && Object.hasOwn(Object(node.constructor), "prototype"))
    ) {
      fail("forbidden_name");
    }
    for (const [name, child] of Object.entries(node)) {
      if (typeof child === "object") waiting.push(child);
      if (!name.isWellFormed() || (typeof child === "string" && !child.isWellFormed())) {
        fail("invalid_encoding");
      }
    }
  }
  return count;
}

/** How many keys a well-formed JSON text has: its colons outside strings. */
function countWrittenKeys(text: string): number {
  let count = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') isInString = !isInString;
    else if (character === "\\") index++;
    else if (character === ":" && !isInString) count++;
  }
  return count;
}
