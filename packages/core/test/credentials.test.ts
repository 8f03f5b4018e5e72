import { describe, expect, it } from "vitest";
import { holdsCredential } from "../src/index.ts";

const KEY = `-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAhunter2x\n-----END RSA PRIVATE KEY-----`;

/** What no honest answer holds. */
const sure: readonly (readonly [text: string, masked: string])[] = [
  ["postgres://app:S3cure#Pass@db:5432/o", "postgres://app:***@db:5432/o"],
  ["postgres://app:pa/ss@db", "postgres://app:***@db"],
  ["postgres://app:p?ss@db", "postgres://app:***@db"],
  ['postgres://app:pa"ss@db', "postgres://app:***@db"],
  ["postgres://app:pa'ss@db/x", "postgres://app:***@db/x"],
  ["postgres://app:pa ss@db", "postgres://app:***@db"],
  ["postgres://app:pa ss@wo@rd@db:5432/o", "postgres://app:***@db:5432/o"],
  ["postgres:\\/\\/app:hunter2@db", "postgres:\\/\\/app:***@db"],
  ["redis://:p@ss@cache:6379", "redis://:***@cache:6379"],
  ["https://deploy:s3cr3t%21@git.example.com/a", "https://deploy:***@git.example.com/a"],
  ["amqp://a:hunter2@q1,amqp://b:hunter2@q2", "amqp://a:***@q2"],
  ["Server=db;User Id=sa;Password=Hunter2!;", "Server=db;User Id=sa;Password=***;"],
  ["Password=Hunter2!;Database=orders", "Password=***;Database=orders"],
  ["SERVER=db;PWD=ab,cd efgh", "SERVER=db;PWD=***"],
  ["jdbc:mysql://db/x?user=app&password=hunter22", "jdbc:mysql://db/x?user=app&password=***"],
  ["postgres://db/x?password=hunter22&a=b", "postgres://db/x?password=***&a=b"],
  ["host=db user=app password=hunter2 port=5432", "host=db user=app password=*** port=5432"],
  [KEY, "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----"],
];

/** What may be part of an honest answer. */
const unsure: readonly string[] = [
  "https://ghp_hunter2@github.com/x.git",
  "https://t0ken@a/?to=redis://b:hunter2@c",
  "Password=correct horse battery;",
  "Password=ab,cdefgh;",
  "Password='it''s secret'",
  '{"password":"hun\\"ter2secret"}',
  '{"password":"ends in \\\\","id":1}',
  JSON.stringify(JSON.stringify({ password: 'a"b\\', id: 1 })),
  '{"password": 12345}',
  'password="never closed\nnext line',
  "password=>'hunter2'",
  "password=ab,cdefgh",
  "password=ab,user=app",
  "password=ab&user=app",
  "password=&user=app",
  "password%3Dhunter2",
  "password = password = x",
  "pass=hunter2",
  "DB_PASS: hunter2",
  "passphrase=hunter2",
  "X-Api-Key: hunter2",
  "aws_secret_access_key = wJalr",
  "Authorization: Bearer eyJhbGciOi.abc.def",
  "Cookie: session=abc; theme=dark",
  "sent Bearer eyJhbGciOi.abc.def to",
  "sent Basic dXNlcjpwYXNz to",
  "-----BEGIN PRIVATE KEY-----\nabc",
  "-----BEGIN PGP PRIVATE KEY BLOCK-----abc-----END PGP PRIVATE KEY BLOCK-----",
];

const none: readonly string[] = [
  "https://api.example.com:8443/users/a@example.com",
  "https://example.com/?to=a@example.com",
  "https://example.com: write to a@example.com",
  "file:///var/task/node_modules/@middy/core/index.js:12:3",
  "redis://cache:6379 failed, write to ops@example.com",
  '{"url":"redis://cache:6379","mail":"a@example.com"}',
  '{"url":"redis://cache:port","mail":"a@example.com"}',
  "mongodb://h1:27017,h2:27017/x",
  "ssh://github.com:22/orders.git",
  "compass: north",
  "Bearer authentication, Basic Authentication",
  "the password is wrong",
];

describe("holdsCredential", () => {
  it.each(sure)("finds one in %j, plain and in JSON", (text, masked) => {
    expect(holdsCredential(text)).toBe(true);
    expect(holdsCredential(JSON.stringify({ a: 1, text, b: "x" }))).toBe(true);
    expect(holdsCredential(JSON.stringify(JSON.stringify({ text, b: "x" })))).toBe(true);
    expect(holdsCredential(masked)).toBe(false);
  });

  it.each([
    ...none,
    ...unsure.filter((text) => !text.includes("redis:")),
    "postgres://app:$" + "{DB_PASSWORD}@db, mysql://u:{pass}@h, amqp://u:<password>@h",
    "redis://:xxxxx@cache, redis://:[redacted]@cache",
    "Use mongodb://host:port or ask ops@example.com.",
    '{"username":"ada","password":"hunter2-hunter2","token":"eyJhbGciOi.abc"}',
    "Server=db;Password=***;Database=x",
    "Server=db;Password={your_password};Database=x",
    'a=b;password=c;document.title="x"',
    "Files that begin with -----BEGIN PRIVATE KEY----- are keys.",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A",
  ])("finds none in %j", (text) => {
    expect(holdsCredential(text)).toBe(false);
    expect(holdsCredential(JSON.stringify({ a: 1, text, b: "x" }))).toBe(false);
  });
});
