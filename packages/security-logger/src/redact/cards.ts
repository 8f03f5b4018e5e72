/**
 * Numbers of payment cards: 13 to 19 digits, a known issuer's first ones, and a right check digit.
 *
 * @module
 */

/**
 * Issuers by their first digits, and how many digits their numbers have (ISO/IEC 7812-1 and what the
 * networks publish).
 */
const ISSUERS: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [4000, 4999, [13, 16, 19]], // Visa
  [5100, 5599, [16]], // Mastercard
  [2221, 2720, [16]], // Mastercard
  [3400, 3499, [15]], // American Express
  [3700, 3799, [15]], // American Express
  [6011, 6011, [16, 19]], // Discover
  [6440, 6599, [16, 19]], // Discover, RuPay
  [3000, 3059, [14]], // Diners Club
  [3095, 3095, [14]], // Diners Club
  [3600, 3699, [14]], // Diners Club
  [3800, 3999, [14]], // Diners Club
  [3528, 3589, [16, 17, 18, 19]], // JCB
  [6200, 6299, [16, 17, 18, 19]], // UnionPay
  [2200, 2204, [16]], // Mir
  [5018, 5018, [16, 19]], // Maestro
  [5020, 5020, [16, 19]], // Maestro
  [5038, 5038, [16, 19]], // Maestro
  [6304, 6304, [16, 19]], // Maestro
  [6759, 6763, [16, 19]], // Maestro
];

/** How digits are grouped on a card: four each, or as American Express and Diners Club have it. */
const GROUPS = /^4(?:,4){2,3},[1-4]$|^4,6,[45]$|^1[3-9]$/;

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/** Where the card number ends that begins at `start` of a text; `start` if there is none. */
export function endOfCard(text: string, start: number): number {
  const groups: number[] = [];
  let digits = "";
  let group = 0;
  let end = start;
  let separator = 0;
  for (let at = start; digits.length <= MAX_DIGITS; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      digits += text[at];
      group++;
      continue;
    }
    // Most numbers are no card's by their first group.
    if (group !== 4 && groups.length === 0 && group < MIN_DIGITS) return start;
    groups.push(group);
    group = 0;
    if (GROUPS.test(groups.join()) && !isPartOfMore(text, at) && isCardNumber(digits)) end = at;
    const isSeparator = (code === 32 || code === 45) && (separator === 0 || separator === code);
    if (!isSeparator || !isDigit(text.charCodeAt(at + 1))) return end;
    separator = code;
  }
  return end;
}

/** Whether digits alone are a card's number. */
export function isCardNumber(digits: string): boolean {
  const prefix = Number(digits.slice(0, 4));
  const isKnown = ISSUERS.some(
    ([from, to, lengths]) => prefix >= from && prefix <= to && lengths.includes(digits.length),
  );
  return isKnown && hasCheckDigit(digits);
}

/** Luhn's sum (ISO/IEC 7812-1, annex B). */
function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    const weighted = at % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Whether letters, digits or decimals go on where digits ended. */
function isPartOfMore(text: string, at: number): boolean {
  const next = text.slice(at, at + 2);
  return /^(?:\w|\.\d|-[A-Za-z_])/.test(next);
}
