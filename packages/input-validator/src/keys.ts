/**
 * The keys of a parsed body.
 *
 * @module
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Prototype_Pollution_Prevention_Cheat_Sheet.html
 */

/** Whether JSON text can hold a forbidden key at all: its name, or an escape that may spell it. Honest text hardly does. */
export const maySpellForbiddenKey = (text: string): boolean =>
  text.includes("__proto__") || text.includes("constructor") || text.includes("\\u");

/**
 * How many keys the objects in `value` have in all; `NaN` when one of them, at any depth, is
 * `__proto__`, or `constructor` of an object with the key `prototype`. Iterative: a document may
 * be 200,000 levels deep.
 */
export function countKeys(value: unknown): number {
  let count = 0;
  const waiting: unknown[] = [value];
  // What another middleware parsed may have cycles.
  const seen = new Set<unknown>();
  while (waiting.length > 0) {
    const node = waiting.pop();
    // Bytes and streams of a multipart parser have no keys that a client chose.
    if (!isPlain(node) || seen.has(node)) continue;
    seen.add(node);
    if (!Array.isArray(node)) count += Object.keys(node).length;
    const isForbidden =
      Object.hasOwn(node, "__proto__") ||
      (Object.hasOwn(node, "constructor") &&
        Object.hasOwn(Object(node["constructor"]), "prototype"));
    if (isForbidden) return Number.NaN;
    for (const child of Object.values(node)) if (typeof child === "object") waiting.push(child);
  }
  return count;
}

/** How many keys a well-formed JSON text has: its colons outside strings. */
export function countWrittenKeys(text: string): number {
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

const PLAIN: readonly unknown[] = [Object.prototype, Array.prototype, null];

/** Whether a value is an array, or an object as `JSON.parse` makes them. */
export const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && PLAIN.includes(Object.getPrototypeOf(value));
