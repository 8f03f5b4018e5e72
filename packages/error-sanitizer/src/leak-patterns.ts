/**
 * Telling text that was written for operators from text that was written for callers.
 *
 * A piece alone is never enough: what stands around it must have the shape of the message, with the
 * quoted name, address or place that only the system's own words have.
 *
 * @module
 */
import { findSecret, holdsCredential, holdsMark, type Mark } from "@middy-hardening/core";

/** What kind of inside knowledge a text gives away. */
export type LeakKind = "credentials" | "database_error" | "secret" | "stack_trace" | "system_error";

/**
 * Where a frame of V8's stack says that it is: `fn (file:line:column)` or the same without the
 * function. A file has a slash or a dot, so that `at the station (10:30)` is none.
 */
const V8_FRAME =
  / (?:async )?(?:[^\n()]{0,200}\()?(?=node:|[^\s()]{0,200}?[/\\.>])[^\s()]{1,300}:\d{1,7}[):\\]/y;

/**
 * The same on any line and at any indentation, where the place is sure: in brackets, or by an absolute
 * path. What precedes the column is the mark.
 */
const TRIMMED_FRAME =
  /(?=\d{1,7}:\d{1,7})(?<=(?:^|[^A-Za-z]|\\[nrt])at (?:async )?(?:[^\n()]{1,200}\(|(?=file:|node:|[/\\]|[A-Za-z]:[/\\]))[^\s()]{1,300}:)/y;

/** The marks of one kind. */
interface Marks {
  /** What no text without a blank holds. */
  readonly spaced: readonly Mark[];
  readonly compact: readonly Mark[];
}

const STACK_TRACE: Marks = {
  spaced: [
    // In plain text, in a JSON string; and in Express's HTML.
    ["    at", V8_FRAME],
    ["&nbsp;", /at [^\n]{1,300}?:\d{1,7}:\d/y],
    // As an array of lines, indented by tabs, joined by blanks.
    ["js:", TRIMMED_FRAME],
    [".ts:", TRIMMED_FRAME],
    ["mts:", TRIMMED_FRAME],
    [
      "(node:",
      /(?<=(?:^|[^A-Za-z]|\\[nrt])at [^\n()]{1,200}\(node:)[\w/]{1,200}:\d{1,7}:\d{1,7}\)/y,
      "(",
    ],
    // Python, Java and .NET: of services whose answers a function passes on.
    ["(most ", /(?<=Traceback \(most )recent call last\):/y, "("],
    [".cs:li", /ne \d/y],
  ],
  compact: [["java:", /(?<=\(\w{1,100}.java:)\d{1,7}\)/y, "("]],
};

const DATABASE_ERROR: Marks = {
  spaced: [
    // PostgreSQL.
    ["violat", /es (?:not-null|[a-z ]{5,11} constraint \\*")/y],
    [
      "failed",
      /(?<=authentication failed) for user \\*"|(?<=Login failed) for user '|(?<=Conversion failed) when converting the /y,
    ],
    [
      "yntax ",
      /error at (?:or near \\*["']|end of input)|for (?:type )?[\w ]{1,40}: \\*"|(?<=Incorrect syntax )near (?:the keyword )?'|(?<=near \\*"[^"\n]{1,128}": syntax )error/y,
    ],
    ["quoted", /(?<=unterminated quoted) (?:string|identifier) at or near/y],
    [
      "xist",
      /(?<=(?:relation|column|table|schema|database|role|type|constraint|index) \\*"[^"\n]{1,128}" (?:of relation \\*"[^"\n]{1,128}" )?does not exist)|(?<=column [\w.]{1,128}\.\w{1,128} does not exist)|(?<=(?:operator|function) does not exist):|(?<=function [\w.]{1,128}\([^()\n]{0,128}\) does not exist)|(?<=[Tt]able '[^'\n]{1,128}' doesn't exist)/y,
    ],
    [
      "permis",
      /sion denied for (?:table|relation|schema|sequence|database|function|view|column|language) \\*"?\w[\w.]{0,127}(?![\w ])/y,
    ],
    // MySQL and MariaDB.
    ["SQL sy", /(?<=in your SQL sy)ntax/y],
    ["Data t", /oo long for column/y],
    // SQLite, SQL Server, Oracle, MongoDB, Prisma, and drivers that give the SQL standard's state.
    ["QUE co", /nstraint failed: /y],
    ["ble: ", /(?<=no such table: )[\w."]{1,128}(?![\w ])/y],
    ["mn: ", /(?<=no such column: )[\w."]{1,128}(?![\w ])/y],
    ["zed to", /(?<=unrecognized to)ken: \\*"/y],
    ["Unclos", /ed quotation mark/y],
    ["ORA-", /\d{5}: /y],
    ["E11000", / dup/y],
    // What holds one of these characters in any case, by character.
    [")=(", /[^()\n]{0,255}\) (?:already exists|is not present|is still ref)/y, "("],
    ["Duplic", /ate entry '[^\n]{0,255}?' for key /y, "'"],
    ["Unknow", /n column '[^'\n]{1,128}' in '/y, "'"],
    ["Access", / denied for user '/y, "'"],
    ["KEY co", /nstraint '/y, "'"],
    ["valid ", /(?<=Invalid )(?:object|column) name '[^'\n]{1,128}'/y, "'"],
    ["ONSTRA", /INT `/y, "`"],
    ["_hba.c", /onf entry for /y, "_"],
  ],
  compact: [
    ["Mongo", /[A-Z]\w{1,40}Error(?:: |\\*")/y],
    ["SQLSTA", /TE\[/y],
    ["`prism", /a\./y, "`"],
    // A code has several words, so that an emergency room's `ER_VISIT` is none.
    [
      "ER_",
      /(?<=(?<![A-Z\d_])ER_)[A-Z]{2,30}_[A-Z]{2}|(?<=(?<![A-Z\d_])ER_[A-Z]{1,30}ER_)[A-Z]{2}/y,
      "_",
    ],
    ["SQLITE", /_[A-Z_]{3,40}(?:: |\\*")/y, "_"],
  ],
};

/** Where the inside of the system can be reached, and as whom. */
const SYSTEM_ERROR: Marks = {
  spaced: [
    ["NREFUS", /ED [\d:[/]/y],
    ["MEDOUT", /(?<=connect ETIMEDOUT) [\d:[/]/y],
    ["HOSTUN", /(?<=connect EHOSTUN)REACH [\d:[/]/y],
    ["getadd", /rinfo E/y],
    ["NOENT:", / no such file/y],
    ["CCES: ", /(?<=EACCES: )permission denied/y],
    ["PERM: ", /(?<=EPERM: )operation not permitted/y],
    ["User: ", /arn:aws[^\n]{1,512}? is not authorized/y],
    [
      "find ",
      /(?<=Cannot find )(?:module '(?:\.{0,2}[/\\]|[A-Za-z]:|file:)|(?:module|package) '[^'\n]{1,214}' imported from )/y,
      "'",
    ],
  ],
  compact: [],
};

/** No text that the marks find is shorter; most header values are. */
const MIN_LENGTH = 16;

/** The kind of leak in a text, if there is one. Takes linear time. */
export function findLeak(text: string): LeakKind | undefined {
  if (text.length >= MIN_LENGTH) {
    // Most short JSON has no blank, which spares three searches of four: 0.5 us a request.
    const isSpaced = text.includes(" ");
    if (holds(text, STACK_TRACE, isSpaced)) return "stack_trace";
    if (holds(text, DATABASE_ERROR, isSpaced)) return "database_error";
    if (holdsCredential(text)) return "credentials";
    if (holds(text, SYSTEM_ERROR, isSpaced)) return "system_error";
  }
  return findSecret(text) ? "secret" : undefined;
}

const holds = (text: string, { spaced, compact }: Marks, isSpaced: boolean): boolean =>
  (isSpaced && holdsMark(text, spaced)) || holdsMark(text, compact);
