/**
 * Credentials that stand in text by their form, whatever their value: for a log, which masks all that
 * may be one, and for a guard, which must be sure.
 *
 * @module
 */
import { holdsMark, type Mark } from "./mark.ts";

const MASK = "***";

/** A closing quotation mark, by what follows it; any other may be part of a password. */
const NOT_CLOSING = String.raw`["'](?!\s{0,8}(?:[,:;}\])]|$))`;

/** What may stand between two values, and not within one. */
const SEPARATOR = String.raw`[,&](?=\s|$|\\{0,7}["'}\]]|[\w.%-]{1,40}\s?[=:])`;

/** What follows a scheme, up to a blank or a quotation mark. In JSON, slashes may be escaped. */
const URL_WORD = /:(?:\\{0,7}\/){2}[^\s"'`<>]+/g;
const AUTHORITY = /(:(?:\\{0,7}\/){2})((?:(?!:\\{0,7}\/\\{0,7}\/)[^/?#])*)/g;
const PORT = /^\d*\\?$/;
const WEB_SCHEME = /(?:https?|wss?|file)$/i;
const LOOSE_USERINFO = new RegExp(
  String.raw`(:(?:\\{0,7}\/){2}[^\s/?#"'\`<>@:]{0,128}:)(?!\d{1,5}(?:[\s/?#"'\`<>\\,;]|$))(?:(?!:\/\/)[^\r\n@"'\`<>]|${NOT_CLOSING}){1,256}@(?=[\w[@])[^\s"'\`<>]*`,
  "g",
);
const PRIVATE_KEY =
  /(-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----)[\s\S]*?(?=-----END |$)/g;
const AUTH_SCHEME =
  /\b([Bb]earer|BEARER|[Bb]asic|BASIC)(\s{1,8})(?!Auth)(?=\S{0,64}[\dA-Z=_.-])[\w.~+/-]{8,}=*/g;

/** The name of a credential, and what stands between it and its value. */
const NAME =
  /(?:(?<header>authorization|cookie)|password|passwd|passphrase|pwd|secret|token|(?:access|account|api|private|secret|encryption)[-_ ]?key|(?<![a-z])(?:db|pg|my|sql|user|root|admin)?pass)(?:\\{0,7}["'])?[^\S\r\n]{0,8}(?<sign>=>|:=|[:=]|%3D)[^\S\r\n]{0,8}/gi;

/**
 * The text with `***` in place of every credential in it: the password of a URL (or its user, where
 * there is no password), the value of a `password`, `token`, `api_key` and their like in a connection
 * string, a query, JSON or code, `Authorization` and `Cookie`, and private keys (PEM).
 *
 * When in doubt it masks too much. It takes linear time.
 */
export function maskCredentials(text: string): string {
  const withoutKeys = text.replace(PRIVATE_KEY, `$1${MASK}`).replace(AUTH_SCHEME, `$1$2${MASK}`);
  const withoutUserinfo = withoutKeys
    .replace(URL_WORD, maskUserinfo)
    .replace(LOOSE_USERINFO, maskLooseUserinfo);
  return maskNamedValues(withoutUserinfo);
}

/**
 * Masks the password of each URL in a word, or its user where there is no password. A password may
 * hold `@` and, against RFC 3986, section 3.2, `/`, `?` and `#`; so everything up to the last `@` goes,
 * unless what follows the first colon is a port.
 */
function maskUserinfo(word: string): string {
  const last = word.lastIndexOf("@");
  if (last === -1) return word;
  let masked = "";
  let shown = 0;
  for (const match of word.matchAll(AUTHORITY)) {
    const [, sign = "", authority = ""] = match;
    const start = match.index + sign.length;
    const colon = authority.indexOf(":");
    if (colon !== -1 && start + colon < last && !PORT.test(authority.slice(colon + 1))) {
      return masked + word.slice(shown, start + colon + 1) + MASK + word.slice(last);
    }
    const at = authority.lastIndexOf("@");
    if (at === -1) continue;
    masked += word.slice(shown, start) + MASK;
    shown = start + at;
  }
  return masked + word.slice(shown);
}

/** In the URL of a database, a password may hold even blanks and quotation marks. */
function maskLooseUserinfo(match: string, start: string, offset: number, text: string): string {
  const isWeb = WEB_SCHEME.test(text.slice(Math.max(offset - 5, 0), offset));
  return isWeb ? match : start + MASK + match.slice(match.lastIndexOf("@"));
}

const OPENING_QUOTE = /(\\{0,7})(["'`])/y;
const CLOSING = ")}]";
const LINE = /[^\r\n]*/y;
const HEADER_VALUE = /[^\r\n"'`]*/y;
/** The value of a list such as `Server=db;Password=correct horse;`. */
const LIST_VALUE = new RegExp(`(?:[^;\\r\\n"']|${NOT_CLOSING}){1,512}(?=;)`, "y");
const LIST_BEFORE = /;\s{0,2}[\w ]{0,30}$/;
const LAST_LIST_VALUE = new RegExp(`(?:[^;\\r\\n"']|${NOT_CLOSING}){1,512}`, "y");
const PLAIN_VALUE = new RegExp(
  String.raw`(?:(?!${SEPARATOR})[^\s;"'\`]|["'](?![\s,:;}\])]|$))+`,
  "y",
);

/** Masks the value after each name that says it is a credential. */
function maskNamedValues(text: string): string {
  let masked = "";
  let shown = 0;
  for (const match of text.matchAll(NAME)) {
    // Within what is masked already.
    if (match.index < shown) continue;
    const start = match.index + match[0].length;
    const end = endOfValue(text, start, match);
    if (end === start) continue;
    masked += text.slice(shown, start) + MASK;
    shown = end;
  }
  return masked + text.slice(shown);
}

/** Where the value after a name ends, its quotation marks included. */
function endOfValue(text: string, start: number, { index, groups }: RegExpExecArray): number {
  const [opening = "", escapes = "", mark = ""] = matchAt(OPENING_QUOTE, text, start) ?? [];
  if (mark !== "") return endOfQuoted(text, start + opening.length, mark, escapes.length);
  if (groups?.header !== undefined) return endAt(HEADER_VALUE, text, start);
  if (groups?.sign === "=") {
    const end = endAt(LIST_VALUE, text, start);
    if (end > start) return end;
    if (LIST_BEFORE.test(text.slice(Math.max(index - 32, 0), index))) {
      return endAt(LAST_LIST_VALUE, text, start);
    }
  }
  let end = endAt(PLAIN_VALUE, text, start);
  while (end > start && CLOSING.includes(text.charAt(end - 1))) end--;
  return end;
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
    if (!isEscaped && !isDoubled) return at + 1;
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

/** Placeholders and what is masked already. */
const NO_PASSWORD = String.raw`(?![*x•]{3,256}(?:[@;&\s"']|$)|\$?[{<]|\[?(?:redacted|REDACTED))`;

const SURE_PASSWORD = [
  // By the letter of RFC 3986, in any URL.
  String.raw`(?<=:(?:\\{0,7}\/){2}[^\s/?#"'<>\\@:]{0,128}:${NO_PASSWORD}[^\s/?#"'<>\\@]{1,256}@)[\w[@]`,
  // With other characters, in those of databases and queues.
  String.raw`(?<=(?<!https?|wss?|file):(?:\\{0,7}\/){2}[^\s/?#"'\`<>\\@:]{0,128}:(?!\d{1,5}(?:[\s/?#"'\`<>\\,;]|$))${NO_PASSWORD}(?:[^\s@"'\`<>]|${NOT_CLOSING}){1,256}@)[\w[@]`,
  // With blanks, when a port, a path or nothing follows the host, as it does not in prose.
  String.raw`(?<=(?<!https?|wss?|file):(?:\\{0,7}\/){2}[^\s/?#"'\`<>\\@:]{0,128}:(?!\d{1,5}(?:[\s/?#"'\`<>\\,;]|$))${NO_PASSWORD}(?:[^\r\n@"'\`<>]|${NOT_CLOSING}){1,64}@)[\w.-]{0,252}\w(?:[:/?"'\\]|$)`,
].join("|");

/** Names in a connection string beside that of the password. */
const PAIR = String.raw`[\w ]{1,30}=[^;=\n"<>]{1,128};\s?`;
const PLACE = String.raw`(?:server|data source|host|hostname|address|initial catalog|database|uid|user ?id|username|driver|endpoint)\s?=`;
const DATABASE_URL = String.raw`(?:jdbc|postgres(?:ql)?|mysql|mariadb|mongodb|sqlserver|rediss?|amqps?):[^\s"'<>]{1,512}[?&;]`;

/** After the name and the sign, by what stands before them or behind the value. */
const CONNECTION_STRING = new RegExp(
  [
    String.raw`(?<=${PLACE}[^;=\n"<>]{1,128};\s?(?:${PAIR}){0,3}(?:password|pwd)=)${NO_PASSWORD}[^;\s&<>"]`,
    String.raw`(?<!\w)${NO_PASSWORD}[^;\s&<>"][^;\n"<>]{0,127};\s?(?:${PAIR}){0,3}${PLACE}`,
    String.raw`(?<=${DATABASE_URL}\w{0,20}(?:password|pwd)=)${NO_PASSWORD}[^\s&;"'<>]`,
    String.raw`(?<=\b(?:host|hostaddr|dbname|user|port)=\S{1,128} (?:\w{1,20}=\S{1,128} ){0,3}password=)${NO_PASSWORD}[^\s&;"<>]`,
  ].join("|"),
  "iy",
);

const MARKS: readonly Mark[] = [
  ["@", new RegExp(SURE_PASSWORD, "y")],
  // With the key itself: its frame alone is only talk of keys.
  ["KEY---", /(?<=-----BEGIN [A-Z ]{0,40}PRIVATE KEY---)--(?:\\{1,7}[rn]|\s){0,8}[\w+/]{16}/y],
  ["word=", CONNECTION_STRING, "="],
  ["WORD=", CONNECTION_STRING, "="],
  ["wd=", CONNECTION_STRING, "="],
  ["WD=", CONNECTION_STRING, "="],
];

/**
 * Whether a credential stands in `text` in a form that no honest answer has: a URL with a password, a
 * connection string with one, a private key. Members such as `"password":"..."`, bearer tokens and
 * the like do not count: a sign-in answers with them. Takes linear time.
 */
export const holdsCredential = (text: string): boolean => holdsMark(text, MARKS);
