/**
 * The keys of a parsed body.
 *
 * @module
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Prototype_Pollution_Prevention_Cheat_Sheet.html
 */
import type { Request } from "@middy/core";
import { reject, rejectName } from "./refusal.ts";

/** Whether JSON text can hold what is forbidden at all: a name, or an escape that may spell it or half a character. */
export const maySpellForbidden = (text: string): boolean =>
  text.includes("__proto__") || text.includes("constructor") || text.includes("\\u");

/**
 * How many keys the objects in parsed JSON have in all. Iterative: it may be 200,000 levels deep.
 *
 * @throws PublicError 400 `forbidden_name` when one of them, at any depth, is `__proto__`, or
 *   `constructor` of an object with the key `prototype`; 400 `invalid_encoding` for half a
 *   character (a lone surrogate, which an escape can spell), on which `encodeURIComponent` fails.
 */
export function countKeys(request: Request, body: unknown): number {
  let count = 0;
  // In an array, so that a body of one string is not taken apart into its characters.
  const waiting: unknown[] = [[body]];
  while (waiting.length > 0) {
    const node = Object(waiting.pop());
    if (!Array.isArray(node)) count += Object.keys(node).length;
    if (
      Object.hasOwn(node, "__proto__") ||
      (Object.hasOwn(node, "constructor") && Object.hasOwn(Object(node.constructor), "prototype"))
    ) {
      rejectName(request, "body");
    }
    for (const [name, child] of Object.entries(node)) {
      if (typeof child === "object") waiting.push(child);
      if (!name.isWellFormed() || (typeof child === "string" && !child.isWellFormed())) {
        const detail = "The body is not well-formed Unicode.";
        reject(request, 400, "invalid_encoding", detail, ["body"]);
      }
    }
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
