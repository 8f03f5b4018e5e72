/**
 * Measuring a form (`application/x-www-form-urlencoded`) without taking it apart.
 *
 * @module
 * @see https://url.spec.whatwg.org/#application/x-www-form-urlencoded
 */

/** What a form may hold: whole numbers or `Infinity`. */
export interface FormLimits {
  /** Fields, repeated and empty ones included. */
  readonly maxKeys: number;
  /** UTF-16 units of one name or value, as written: `%41` is 3. */
  readonly maxStringLength: number;
}

/**
 * The first limit that a form exceeds; `undefined` when it keeps them all. One pass, from `&` to
 * `&`: decoding makes fields neither longer nor more.
 */
export function exceededFormLimit(text: string, limits: FormLimits): keyof FormLimits | undefined {
  const { maxKeys, maxStringLength } = limits;
  let fields = 0;
  for (let start = 0; start <= text.length; fields++) {
    if (fields >= maxKeys) return "maxKeys";
    const next = text.indexOf("&", start);
    const end = next === -1 ? text.length : next;
    if (end - start > maxStringLength) {
      // Looked for in long fields only: where it is beyond the field, the pass ends here.
      const equals = text.indexOf("=", start);
      const nameEnd = equals === -1 || equals > end ? end : equals;
      if (nameEnd - start > maxStringLength || end - nameEnd - 1 > maxStringLength) {
        return "maxStringLength";
      }
    }
    start = end + 1;
  }
  return undefined;
}
