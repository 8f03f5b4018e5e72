/**
 * Keys that an object of a JSON text has twice. Readers disagree on which of them counts
 * (RFC 8259, section 4), so what one of them checked is not what the next one uses.
 *
 * @module
 */

/**
 * Whether an object of `text`, which must be well-formed JSON, has the same key twice, in any
 * spelling. One pass, without recursion.
 */
export function hasDuplicateKey(text: string): boolean {
  /** The keys seen of each open object; `undefined` for an open array. */
  const open: (Set<string> | undefined)[] = [];
  let keys: Set<string> | undefined;
  let isKeyNext = false;
  for (let index = 0; index < text.length; index++) {
    switch (text[index]) {
      case "{":
        keys = new Set();
        open.push(keys);
        isKeyNext = true;
        break;
      case "[":
        keys = undefined;
        open.push(keys);
        isKeyNext = false;
        break;
      case "}":
      case "]":
        open.pop();
        keys = open.at(-1);
        break;
      case ",":
        isKeyNext = keys !== undefined;
        break;
      case '"': {
        const end = endOfString(text, index);
        if (isKeyNext && keys !== undefined) {
          const written = text.slice(index, end + 1);
          // A key has many spellings: `"a"`, `"\u0061"`.
          const key: string = written.includes("\\") ? JSON.parse(written) : written.slice(1, -1);
          if (keys.has(key)) return true;
          keys.add(key);
          isKeyNext = false;
        }
        index = end;
      }
    }
  }
  return false;
}

/** The place of the quotation mark that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index;
}
