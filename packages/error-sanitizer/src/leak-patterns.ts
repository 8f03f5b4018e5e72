/**
 * Telling text that was written for operators from text that was written for callers.
 *
 * The text is searched for words that such messages always hold (`indexOf`, whose cost is a
 * fraction of a nanosecond a character), and only where one stands is a pattern tried, from the
 * end of the word on. Every quantifier of a pattern is bounded, so the whole takes linear time.
 *
 * @module
 */
import { findSecret } from "@middy-hardening/core";

/** What kind of inside knowledge a text gives away. */
export type LeakKind = "credentials" | "database_error" | "secret" | "stack_trace" | "system_error";

/** A word to search for, and what must follow it for the alarm (without one: nothing). */
type Mark = readonly [word: string, followedBy?: RegExp];

/**
 * Where a frame of V8's stack says that it is: `fn (file:line:column)` or the same without the
 * function. A file has a slash, a dot or a scheme, so that `at the station (10:30)` is none.
 */
const V8_FRAME =
  /(?:async )?(?:[^\n()]{0,200}\()?(?=node:|file:|[A-Z]:[\\/]|[^\s():]{0,200}?[/\\.>])[^\s()]{1,300}:\d{1,7}[):\\]/y;

const MARKS: Readonly<Record<Exclude<LeakKind, "secret">, readonly Mark[]>> = {
  stack_trace: [
    // In plain text, in a JSON string, as an array of lines; and in Express's HTML.
    ["    at ", V8_FRAME],
    ["&nbsp;at ", V8_FRAME],
    // Python, Java and .NET: of services whose answers a function passes on.
    ["Traceback (most recent call last):", /(?:\\[nr]|\s){1,4} {1,8}File /y],
    [".java:", /(?<=\(\w{1,100}.java:)\d{1,7}\)/y],
    [".cs:line ", /\d/y],
  ],
  database_error: [
    // PostgreSQL.
    ["violates ", /not-null constraint|[a-z ]{5,11} constraint \\?"/y],
    [")=(", /[^()\n]{0,255}\) (?:already exists|is not present|is still ref)/y],
    ["authentication failed for user ", /\\?"/y],
    ["yntax error at or near ", /\\?"/y],
    ["invalid input syntax for ", /[\w ]{1,40}: \\?"/y],
    ["relation ", /\\?"[^"\n]{1,128}" does not exist/y],
    // MySQL and MariaDB.
    ["You have an error in your SQL syntax"],
    ["Duplicate entry '", /[^\n]{0,255}?' for key /y],
    ["Unknown column '", /[^'\n]{1,128}' in '/y],
    ["Access denied for user '"],
    ["a foreign key constraint fails (`"],
    ["ER_", /(?:ACCESS_DEN|BAD_FIELD|DUP_ENTRY|NO_SUCH_T|PARSE_ERR)/y],
    // SQLite, SQL Server, Oracle, MongoDB, Prisma, and drivers that give the SQL standard's state.
    ["UNIQUE constraint failed: "],
    ["KEY constraint '"],
    ["Unclosed quotation mark after"],
    ["ORA-", /\d{5}: /y],
    ["E11000 duplicate key"],
    ["Invalid `prisma."],
    ["SQLSTATE["],
  ],
  // A URL with user and password before the host, the password not masked.
  credentials: [
    ["://", /[^\s/?#"'<>\\@:]{0,128}:(?![*x]{3,256}@|\$?\{)[^\s/?#"'<>\\@]{1,256}@[\w[]/y],
  ],
  // Where the inside of the system can be reached, and as whom.
  system_error: [
    ["ECONNREFUSED ", /[\da-f:[/]/y],
    ["getaddrinfo E"],
    ["ENOENT: no such file"],
    ["User: arn:aws", /[^\n]{1,512}? is not authorized/y],
  ],
};

const KINDS = Object.entries(MARKS) as [LeakKind, readonly Mark[]][];

/** No text that the marks find is shorter; most header values are. */
const MIN_LENGTH = 20;

/** The kind of leak in a text, if there is one. */
export function findLeak(text: string): LeakKind | undefined {
  if (text.length >= MIN_LENGTH) {
    for (const [kind, marks] of KINDS) if (marks.some((mark) => holds(text, mark))) return kind;
  }
  return findSecret(text) && "secret";
}

function holds(text: string, [word, followedBy]: Mark): boolean {
  let at = text.indexOf(word);
  while (at !== -1) {
    at += word.length;
    if (followedBy === undefined) return true;
    followedBy.lastIndex = at;
    if (followedBy.test(text)) return true;
    at = text.indexOf(word, at);
  }
  return false;
}
