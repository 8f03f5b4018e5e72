/**
 * Values in a text that stand after a name: `password=...`, `"token": "..."`, `Cookie: ...`,
 * `&api_key=...`, `<Password>...`; in code, JSON (in JSON), queries, forms, headers, connection strings.
 *
 * @module
 */
import { formPartAt, isSecretElement, isSecretPair } from "./distant-names.ts";
import { MASKED } from "./mask.ts";
import type { Sensitivity } from "./names.ts";

/** Where the value is, without its quotation marks. */
export interface NamedValue {
  readonly start: number;
  readonly end: number;
  /** The quotation mark to put around the mask, so that JSON stays JSON: the name has it, the value not. */
  readonly quote: string;
}

interface Name {
  readonly text: string;
  readonly start: number;
  readonly quote: string;
  readonly sensitivity: Sensitivity;
}

const MAX_NAME_LENGTH = 64;
/** As in output that is aligned. */
const MAX_BLANKS = 40;
const MAX_ESCAPES = 7;

/** A name of several words ends in one of these: `API key`, `card number`. */
const LAST_OF_SEVERAL = /^(?:keys?|numbers?|no|codes?|id)$/i;
const WORDS_BEFORE = /(?:[a-z]{2,16} ){1,2}$/i;

const VALUE = /^value$/i;
const WORD = /\w/;
const HEADER = /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i;

const SIGN = /(?:=>|:=|={1,3}|:|%3[Dd])[^\S\r\n]{0,40}/y;
const OPENING_QUOTE = /(\\{0,7})(["'`])/y;
const CLOSING = ")}]>";
const LINE = /[^\r\n]*/y;
/** To the end of the line, with parameters such as `token="..."`, or to a quotation mark that stands around. */
const HEADER_VALUE =
  /(?:[^\r\n"'`\\]|(?<==)\\{0,7}"(?![\s,:;}\])]|$)[^"\r\n]{0,512}"|\\(?!\\{0,7}["'`]))*/y;
const ELEMENT_VALUE = /(?:<!\[CDATA\[(?:[^\]]|\](?!\]>)){0,4096}\]\]>|[^<]{1,4096})(?=<\/)/y;
/** How PostgreSQL tells of a key that exists already: `Key (token)=(...)`. */
const KEY_VALUE = /\([^)\r\n]*/y;

/** The value of a list such as `Server=db;Password=correct horse;`. */
const LIST_VALUE = /(?:[^;\r\n"']|["'](?!\s{0,8}(?:[,:;}\])]|$))){1,512}(?=;)/y;
const LAST_LIST_VALUE = /(?:[^;\r\n"']|["'](?!\s{0,8}(?:[,:;}\])]|$))){1,512}/y;
const LIST_BEFORE = /;\s{0,2}[\w ]{0,30}$/;

/** Up to a blank, a quotation mark that closes, or what stands between two values and not within one. */
const PLAIN_VALUE =
  /(?:(?![,&](?:\s|$|\\{0,7}["'}\]]|[\w.%-]{1,40}\s?[=:]))[^\s;"'`<]|["'](?![\s,:;}\])]|$))+/y;

/** Words and placeholders that are no values. */
const NO_VALUE =
  /^(?:null|nil|none|true|false|undefined|NaN|\?|\$\d{1,3}|:\w{1,30}|%s|<\w{1,30}|[*x•]{3,64})$/i;
const NUMBER = /^[\d.]{1,20}$/;

/**
 * The value after the sign at a place (`:`, `=`, `%3D`, or the `>` of an element), if the name before
 * it says that it is a secret.
 */
export function namedValueAt(
  text: string,
  sign: number,
  names: (name: string) => Sensitivity,
): NamedValue | undefined {
  if (text[sign] === ">") return elementValueAt(text, sign, names);
  const name = nameBefore(text, sign, names);
  if (name === undefined) {
    const part = formPartAt(text, sign, names);
    return part && unquoted(text, part.start, part.end);
  }
  const start = endAt(SIGN, text, sign);
  // Parts of an ARN or another list with colons are no names.
  const isPart = text[sign] === ":" && name.quote === "" && text[name.start - 1] === ":";
  if (isPart && start === sign + 1) return undefined;
  const [opening = "", escapes = "", mark = ""] = matchAt(OPENING_QUOTE, text, start) ?? [];
  if (mark !== "") {
    const from = start + opening.length;
    const end = endOfQuoted(text, from, mark, escapes.length);
    return end === from || endAt(MASKED, text, from) === end
      ? undefined
      : { start: from, end, quote: "" };
  }
  return unquoted(text, start, endOfUnquoted(text, start, sign, name), name);
}

/** The content of an element whose tag ends at a place. */
function elementValueAt(
  text: string,
  end: number,
  names: (name: string) => Sensitivity,
): NamedValue | undefined {
  const { start = 0 } = nameBefore(text, end, names) ?? {};
  const isElement = start > 0 && (text[start - 1] === "<" || text[start - 1] === ":");
  if (!isElement && !isSecretElement(text, end, names)) return undefined;
  return unquoted(text, end + 1, endAt(ELEMENT_VALUE, text, end + 1));
}

/** The name that ends before a sign, if it is one of a secret. */
function nameBefore(
  text: string,
  sign: number,
  names: (name: string) => Sensitivity,
): Name | undefined {
  let end = sign;
  while (sign - end < MAX_BLANKS && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  let quote = "";
  const before = text[end - 1];
  if (before === '"' || before === "'" || before === "`") {
    let start = end - 1;
    while (end - start <= MAX_ESCAPES && text[start - 1] === "\\") start--;
    quote = text.slice(start, end);
    end = start;
  } else if (before === "]" || isKeyOfPostgres(text, end, sign)) end--;
  else if (before === "D" || before === "d") {
    // `user%5Bpassword%5D=...`
    if (text[end - 2] === "5" && text[end - 3] === "%") end -= 3;
  }
  let start = end;
  while (end - start < MAX_NAME_LENGTH && isOfName(text.charCodeAt(start - 1))) start--;
  if (start === end) return undefined;
  const word = text.slice(start, end);
  let sensitivity = names(word);
  if (sensitivity === "none" && LAST_OF_SEVERAL.test(word)) {
    const words = WORDS_BEFORE.exec(text.slice(Math.max(start - 34, 0), start))?.[0];
    if (words !== undefined) sensitivity = names(words + word);
  } else if (VALUE.test(word) && isSecretPair(text, start, names)) sensitivity = "all";
  return sensitivity === "none" ? undefined : { text: word, start, quote, sensitivity };
}

/** In `Key (token)=(...)`. */
const isKeyOfPostgres = (text: string, end: number, sign: number): boolean =>
  end === sign && text[sign] === "=" && text[end - 1] === ")" && text[sign + 1] === "(";

/** Letters, digits, `_`, `-`, `.` and `$`; of other scripts, whatever they have. */
function isOfName(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 45 && code <= 57 && code !== 47) ||
    code === 95 ||
    code === 36 ||
    code > 191
  );
}

function unquoted(
  text: string,
  start: number,
  end: number,
  { quote, sensitivity }: Pick<Name, "quote" | "sensitivity"> = { quote: "", sensitivity: "all" },
): NamedValue | undefined {
  if (end === start || endAt(MASKED, text, start) >= end) return undefined;
  const value = end - start > 64 ? undefined : text.slice(start, end);
  if (value !== undefined && NO_VALUE.test(value)) return undefined;
  if (value !== undefined && sensitivity === "text" && NUMBER.test(value)) return undefined;
  return { start, end, quote };
}

/** Where a value ends that has no quotation marks. */
function endOfUnquoted(text: string, start: number, sign: number, name: Name): number {
  const first = text[start];
  if (first === "{" || first === "[") {
    if (name.sensitivity === "text") return start;
    const masked = endAt(MASKED, text, start);
    if (masked === start) return endOfNested(text, start);
    if (!WORD.test(text.charAt(masked))) return start;
  }
  if (first === "(" && text[sign - 1] === ")") return endAt(KEY_VALUE, text, start);
  if (HEADER.test(name.text)) return endAt(HEADER_VALUE, text, start);
  if (text[sign] === "=") {
    const end = endAt(LIST_VALUE, text, start);
    if (end > start) return end;
    if (LIST_BEFORE.test(text.slice(Math.max(name.start - 32, 0), name.start))) {
      return endAt(LAST_LIST_VALUE, text, start);
    }
  }
  let end = endAt(PLAIN_VALUE, text, start);
  while (end > start && CLOSING.includes(text.charAt(end - 1))) end--;
  return end;
}

/** Where an object or array ends; with the text if it is not closed. */
function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      depth--;
      if (depth === 0) return at + 1;
    } else if (character === '"') {
      let escapes = 0;
      while (escapes < 7 && text[at - 1 - escapes] === "\\") escapes++;
      at = endOfQuoted(text, at + 1, '"', escapes) + escapes;
    }
  }
  return text.length;
}

/**
 * Where a quoted value ends that was opened with so many backslashes: none in code and JSON, one in
 * JSON in JSON, and so on. When it does not, it ends with its line.
 */
function endOfQuoted(text: string, start: number, mark: string, escapes: number): number {
  let at = text.indexOf(mark, start);
  while (at !== -1) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\" && at - 1 - backslashes >= start) backslashes++;
    const isEscaped = Math.floor(backslashes / (escapes + 1)) % 2 === 1;
    // SQL and connection strings write a quotation mark twice.
    const isDoubled = !isEscaped && escapes === 0 && text[at + 1] === mark;
    if (!isEscaped && !isDoubled) return at - Math.min(backslashes, escapes);
    at = text.indexOf(mark, at + (isDoubled ? 2 : 1));
  }
  return endAt(LINE, text, start);
}

function matchAt(pattern: RegExp, text: string, start: number): RegExpExecArray | null {
  pattern.lastIndex = start;
  return pattern.exec(text);
}

const endAt = (pattern: RegExp, text: string, start: number): number =>
  start + (matchAt(pattern, text, start)?.[0].length ?? 0);
