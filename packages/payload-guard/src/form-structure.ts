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
  /** UTF-16 units of one field as written, its name included. */
  readonly maxStringLength: number;
}

/** The first limit that a form exceeds; `undefined` when it keeps them all. One pass, from `&` to `&`. */
export function exceededFormLimit(text: string, limits: FormLimits): keyof FormLimits | undefined {
  let fields = 0;
  for (let start = 0; start <= text.length; fields++) {
    if (fields >= limits.maxKeys) return "maxKeys";
    const next = text.indexOf("&", start);
    const end = next === -1 ? text.length : next;
    if (end - start > limits.maxStringLength) return "maxStringLength";
    start = end + 1;
  }
  return undefined;
}
