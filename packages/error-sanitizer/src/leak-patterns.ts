/**
 * Telling text that was written for operators from text that was written for callers.
 *
 * The text is searched for a piece that such messages always hold, and only where one stands is a
 * pattern tried, from the end of the piece on. V8 finds a piece of at most six characters fastest,
 * and one that begins with a character that is rare in JSON, hence their form. Every quantifier
 * of a pattern is bounded, so the whole takes linear time.
 *
 * @module
 */
import { findSecret } from "@middy-hardening/core";

/** What kind of inside knowledge a text gives away. */
export type LeakKind = "credentials" | "database_error" | "secret" | "stack_trace" | "system_error";

/** A piece to search for, and what must follow it (or stand around it) for the alarm. */
type Mark = readonly [piece: string, pattern: RegExp];

/**
 * Where a frame of V8's stack says that it is: `fn (file:line:column)` or the same without the
 * function. A file has a slash or a dot, so that `at the station (10:30)` is none.
 */
const V8_FRAME =
  /(?:async )?(?:[^\n()]{0,200}\()?(?=node:|[^\s()]{0,200}?[/\\.>])[^\s()]{1,300}:\d{1,7}[):\\]/y;

const MARKS: Readonly<Record<Exclude<LeakKind, "secret">, readonly Mark[]>> = {
  stack_trace: [
    // In plain text, in a JSON string, as an array of lines; and in Express's HTML.
    ["    at ", V8_FRAME],
    ["&nbsp;", /at [^\n]{1,300}?:\d{1,7}:\d/y],
    // Python, Java and .NET: of services whose answers a function passes on.
    ["Traceb", /ack \(most recent call last\):/y],
    ["java:", /(?<=\(\w{1,100}.java:)\d{1,7}\)/y],
    [".cs:li", /ne \d/y],
  ],
  database_error: [
    // PostgreSQL.
    ["violat", /es (?:not-null|[a-z ]{5,11} constraint \\?")/y],
    [")=(", /[^()\n]{0,255}\) (?:already exists|is not present|is still ref)/y],
    ["failed", / for user \\?"/y],
    ["yntax ", /error at or near \\?"|for [\w ]{1,40}: \\?"/y],
    ["xist", /(?<=relation \\?"[^"\n]{1,128}" does not exist)/y],
    // MySQL and MariaDB.
    ["SQL sy", /(?<=in your SQL sy)ntax/y],
    ["Duplic", /ate entry '[^\n]{0,255}?' for key /y],
    ["Unknow", /n column '[^'\n]{1,128}' in '/y],
    ["Access", / denied for user '/y],
    ["ONSTRA", /INT `/y],
    ["ER_", /(?:DUP_ENTRY|NO_SUCH_T)/y],
    // SQLite, SQL Server, Oracle, MongoDB, Prisma, and drivers that give the SQL standard's state.
    ["QUE co", /nstraint failed: /y],
    ["KEY co", /nstraint '/y],
    ["Unclos", /ed quotation mark/y],
    ["ORA-", /\d{5}: /y],
    ["E11000", / dup/y],
    ["`prism", /a\./y],
    ["SQLSTA", /TE\[/y],
  ],
  // A URL with user and password before the host, the password not masked.
  credentials: [
    ["@", /(?<=:\/\/[^\s/?#"'<>\\@:]{0,128}:(?![*x]{3,256}@|\$?\{)[^\s/?#"'<>\\@]{1,256}@)[\w[]/y],
  ],
  // Where the inside of the system can be reached, and as whom.
  system_error: [
    ["NREFUS", /ED [\d:[/]/y],
    ["getadd", /rinfo E/y],
    ["NOENT:", / no such file/y],
    ["User: ", /arn:aws[^\n]{1,512}? is not authorized/y],
  ],
};

const KINDS = Object.entries(MARKS) as [LeakKind, readonly Mark[]][];

/** No text that the marks find is shorter; most header values are. */
const MIN_LENGTH = 20;

/** The kind of leak in a text, if there is one. */
export function findLeak(text: string): LeakKind | undefined {
  if (text.length >= MIN_LENGTH) {
    for (const [kind, marks] of KINDS) {
      for (const mark of marks) if (holds(text, mark)) return kind;
    }
  }
  return findSecret(text) ? "secret" : undefined;
}

function holds(text: string, [piece, pattern]: Mark): boolean {
  let at = text.indexOf(piece);
  while (at !== -1) {
    at += piece.length;
    pattern.lastIndex = at;
    if (pattern.test(text)) return true;
    at = text.indexOf(piece, at);
  }
  return false;
}
