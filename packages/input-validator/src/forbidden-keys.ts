/**
 * Keys by which JSON becomes an attack on prototypes once it is merged or copied.
 *
 * @module
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Prototype_Pollution_Prevention_Cheat_Sheet.html
 */

/**
 * Whether JSON text can hold a forbidden key at all: the names, or an escape that may spell them.
 * Nearly no honest document does, so that nearly none is walked.
 */
export const maySpellForbiddenKey = (text: string): boolean =>
  text.includes("__proto__") || text.includes("constructor") || text.includes("\\u");

/**
 * Whether a parsed value has, at any depth, the key `__proto__`, or `constructor` with an object
 * that has the key `prototype`. Iterative: a document may be 200,000 levels deep.
 */
export function hasForbiddenKey(value: unknown): boolean {
  const waiting: unknown[] = [value];
  // What another middleware parsed may have cycles.
  const seen = new Set<unknown>();
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    if (Object.hasOwn(node, "__proto__") || hasConstructorPrototype(node)) return true;
    // Bytes and streams of a multipart parser have no keys that a client chose.
    if (!isPlain(node)) continue;
    for (const key in node) {
      const child = (node as Record<string, unknown>)[key];
      if (typeof child === "object") waiting.push(child);
    }
  }
  return false;
}

function hasConstructorPrototype(node: object): boolean {
  if (!Object.hasOwn(node, "constructor")) return false;
  const held: unknown = (node as Record<string, unknown>)["constructor"];
  return typeof held === "object" && held !== null && Object.hasOwn(held, "prototype");
}

/** An array, or an object as `JSON.parse` makes them. */
export function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
