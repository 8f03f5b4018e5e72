/**
 * Credentials that stand in text by their form, whatever their value, for a guard, which must be sure.
 *
 * @module
 */
import { holdsMark, type Mark } from "./mark.ts";

/** A closing quotation mark, by what follows it; any other may be part of a password. */
const NOT_CLOSING = String.raw`["'](?!\s{0,8}(?:[,:;}\])]|$))`;

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
