/**
 * Names that say what a value is and do not stand directly before it: of an element with attributes, of a
 * pair such as `"name":"DB_PASSWORD","value":"..."`, of a part of a form, of an argument (`--password ...`).
 *
 * @module
 */
import type { Sensitivity } from "./names.ts";
import type { Place } from "./url-credentials.ts";

type Names = (name: string) => Sensitivity;

const MAX_TAG_LENGTH = 320;
const TAG = /<(?:[\w-]{1,32}:)?([\w.-]{1,64})\s[^<>]*$/;

const MAX_PAIR_LENGTH = 128;
const NAME_OF_PAIR =
  /(?:name|key)\\{0,7}["']?\s{0,2}[:=]\s{0,2}\\{0,7}["']([^"'\\]{1,64})\\{0,7}["'],?\s{0,8}\\{0,7}["']?$/i;

/** Behind `name=`, to the end of the part's head; the ends of lines may be escaped, as in JSON. */
const PART =
  /\\{0,7}"([^"\\\r\n]{1,64})\\{0,7}"(?:(?!\\{1,7}[rn]).){0,256}(?:(?:\r?\n|(?:\\{1,7}r)?\\{1,7}n)[\w-]{1,64}: ?[\w/;=+. -]{0,256}){0,4}(?:\r?\n|(?:\\{1,7}r)?\\{1,7}n){2}/y;
const END_OF_PART = /(?:\r?\n|(?:\\{1,7}r)?\\{1,7}n)--/g;

const ARGUMENT = /--([A-Za-z][\w-]{1,40})[ \t]{1,8}(["']?)(?=[^\s<-])/y;
const ARGUMENT_VALUE = /[^\s"'`]+/y;

/** Whether the element whose tag ends at a place has attributes, and the name of a secret. */
export function isSecretElement(text: string, end: number, names: Names): boolean {
  const mark = text[end - 1];
  if (mark !== '"' && mark !== "'" && mark !== "\\") return false;
  const [, name] = TAG.exec(text.slice(Math.max(end - MAX_TAG_LENGTH, 0), end)) ?? [];
  return name !== undefined && names(name) !== "none";
}

/** Whether a `value` that begins at a place is that of a pair whose name, before it, is a secret's. */
export function isSecretPair(text: string, start: number, names: Names): boolean {
  const before = text.slice(Math.max(start - MAX_PAIR_LENGTH, 0), start);
  const [, name] = NAME_OF_PAIR.exec(before) ?? [];
  return name !== undefined && names(name) === "all";
}

/** The content of the part of a form (RFC 7578) whose `name=` stands before a place. */
export function formPartAt(text: string, sign: number, names: Names): Place | undefined {
  if (text[sign] !== "=" || text.slice(sign - 5, sign) !== " name") return undefined;
  PART.lastIndex = sign + 1;
  const [, name] = PART.exec(text) ?? [];
  if (name === undefined || names(name) === "none") return undefined;
  const start = PART.lastIndex;
  END_OF_PART.lastIndex = start;
  const end = END_OF_PART.exec(text)?.index ?? text.length;
  return end === start ? undefined : { start, end };
}

/** The value of the argument of a command that begins at a place, if its name is that of a secret. */
export function argumentAt(text: string, at: number, names: Names): Place | undefined {
  ARGUMENT.lastIndex = at;
  const [argument, name = "", quote = ""] = ARGUMENT.exec(text) ?? [];
  if (argument === undefined || names(name) !== "all") return undefined;
  const start = at + argument.length;
  if (quote !== "") {
    const end = text.indexOf(quote, start);
    return end <= start ? undefined : { start, end };
  }
  ARGUMENT_VALUE.lastIndex = start;
  return ARGUMENT_VALUE.test(text) ? { start, end: ARGUMENT_VALUE.lastIndex } : undefined;
}
