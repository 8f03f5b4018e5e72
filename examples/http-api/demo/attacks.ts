/**
 * Attacks, each with a test of whether the attacker got what they wanted, made on what was
 * observed: the answer, the log and the process, never on what a twin is supposed to do.
 */
import { gzipSync } from "node:zlib";
import { LOCAL_PASSWORD, LOCAL_SIGNING_KEY } from "../src/database.ts";
import type { DemoRequest, Observation } from "./observe.ts";

export interface Attack extends DemoRequest {
  /** What the attacker got, in words; `undefined` when they got nothing. */
  readonly got: (observed: Observation) => string | undefined;
  /** The status with which the hardened twin has to answer. */
  readonly answer: number;
  /** The security event that the hardened twin has to publish; `undefined` where none is due. */
  readonly event?: string;
  /** Set where the unprotected twin is not harmed either. */
  readonly harmless?: true;
}

const items = [{ sku: "TEA-001", quantity: 2 }];
const order = { customer: "Mallory", items };
/** An order as JSON text with more members, for what JSON.stringify would not write. */
const orderWith = (members: string): string => `${JSON.stringify(order).slice(0, -1)},${members}}`;

const accepted =
  (words: string) =>
  ({ status }: Observation): string | undefined =>
    status >= 200 && status < 300 ? `${status}, ${words}` : undefined;

const crashed = ({ error }: Observation): string | undefined =>
  error && `crashed: ${error.errorType}, trace of ${error.trace?.length} lines`;

const polluted = (observed: Observation): string | undefined =>
  observed.polluted ? "every object is now an admin" : undefined;

const bodyHas =
  (text: string, words: string) =>
  ({ body }: Observation): string | undefined =>
    body.includes(text) ? words : undefined;

const logHas =
  (text: string, words: string) =>
  ({ log }: Observation): string | undefined =>
    log.includes(text) ? words : undefined;

const hasHeader =
  (name: string, test: (value: string) => boolean, words: string) =>
  ({ headers }: Observation): string | undefined =>
    headers.some(([key, value]) => key === name && test(value)) ? words : undefined;

const orderField =
  (field: string, expected: (value: unknown) => boolean, words: string) =>
  ({ status, body }: Observation): string | undefined => {
    if (status !== 201) return undefined;
    const placed = JSON.parse(body) as Record<string, unknown>;
    return expected(placed[field]) ? words : undefined;
  };

const INVALID = "input_validation_fail";
const EXTRANEOUS = "malicious_extraneous";

/** Distinct keys as short as can be, so that a million of them fit into a request. */
const manyKeys = (count: number): string =>
  Array.from({ length: count }, (_, index) => `"${index.toString(36)}":0`).join(",");

export const attacks: readonly Attack[] = [
  // --- prototype pollution
  {
    name: "__proto__",
    body: orderWith('"preferences":{"__proto__":{"isAdmin":true}}'),
    got: polluted,
    answer: 400,
    event: EXTRANEOUS,
  },
  {
    name: "__proto__, escaped as __proto\\u005f_",
    body: orderWith('"preferences":{"__proto\\u005f_":{"isAdmin":true}}'),
    got: polluted,
    answer: 400,
    event: EXTRANEOUS,
  },
  {
    name: "__proto__, nested",
    kind: "alb",
    body: orderWith('"preferences":{"a":{"b":{"__proto__":{"isAdmin":true}}}}'),
    got: polluted,
    answer: 400,
    event: EXTRANEOUS,
  },
  {
    name: "constructor.prototype",
    body: orderWith('"preferences":{"constructor":{"prototype":{"isAdmin":true}}}'),
    got: polluted,
    answer: 400,
    event: EXTRANEOUS,
  },
  // --- the form of the body
  {
    name: "JSON as text/plain (no preflight)",
    headers: { "content-type": "text/plain" },
    body: JSON.stringify(order),
    got: accepted("order placed by any web page"),
    answer: 415,
    event: "input_validation_discrete_fail",
  },
  {
    name: "no content type",
    headers: { "content-type": "" },
    body: JSON.stringify(order),
    got: accepted("order placed"),
    answer: 415,
    event: "input_validation_discrete_fail",
  },
  {
    name: "malformed JSON",
    body: '{"customer":"Mallory",',
    got: crashed,
    answer: 400,
    event: INVALID,
  },
  {
    name: "invalid base64 (forged event)",
    body: order,
    forge: (event) => {
      const text = Buffer.from(JSON.stringify(order)).toString("base64");
      event.body = `${text.slice(0, 8)}!*!${text.slice(8)}`;
      event.isBase64Encoded = true;
    },
    got: accepted("garbage skipped, order placed"),
    answer: 400,
    event: INVALID,
  },
  {
    name: "invalid UTF-8",
    body: Buffer.from(
      '{"customer":"Mall\xffory","items":[{"sku":"TEA-001","quantity":2}]}',
      "latin1",
    ),
    got: bodyHas("\ufffd", "201, another name than was sent"),
    answer: 400,
    event: INVALID,
  },
  {
    name: "gzip bomb (10 MB in 10 KB)",
    headers: { "content-encoding": "gzip", "content-type": "application/json" },
    body: gzipSync(Buffer.alloc(10_000_000, 0x20)),
    got: crashed,
    answer: 415,
    event: "input_validation_discrete_fail",
  },
  {
    name: "gzip in gzip",
    headers: { "content-encoding": "gzip, gzip", "content-type": "application/json" },
    body: gzipSync(gzipSync(Buffer.alloc(10_000_000, 0x20))),
    got: crashed,
    answer: 415,
    event: "input_validation_discrete_fail",
  },
  {
    name: "the same key twice",
    body: orderWith('"items":[{"sku":"POT-003","quantity":9}]'),
    got: accepted("the second value wins unseen"),
    answer: 400,
    event: INVALID,
  },
  // --- the content of the body
  {
    name: "mass assignment of a discount",
    body: { ...order, discountPercent: 100 },
    got: orderField("discountPercent", (value) => value === 100, "201, everything for free"),
    answer: 422,
    event: EXTRANEOUS,
  },
  {
    name: "mass assignment of another order's id",
    body: { ...order, id: "ORD-000001" },
    got: orderField("id", (value) => value === "ORD-000001", "201, Ada's order overwritten"),
    answer: 422,
    event: EXTRANEOUS,
  },
  {
    name: '"false" for false',
    body: { ...order, express: "false" },
    got: orderField("total", (value) => value === 24.8, "201, express was charged"),
    answer: 422,
    event: INVALID,
  },
  {
    name: "an array for a string",
    body: { ...order, customer: ["Mallory"] },
    got: accepted("an array is a customer"),
    answer: 422,
    event: INVALID,
  },
  {
    name: "a string for a number",
    body: { ...order, items: [{ sku: "TEA-001", quantity: "3" }] },
    got: accepted("a string is a quantity"),
    answer: 422,
    event: INVALID,
  },
  {
    name: "1e999",
    body: '{"customer":"Mallory","items":[{"sku":"TEA-001","quantity":1e999}]}',
    got: orderField("total", (value) => value === null, "201, the total is null"),
    answer: 422,
    event: INVALID,
  },
  {
    name: "a negative quantity",
    body: { ...order, items: [{ sku: "POT-003", quantity: -10 }] },
    got: orderField("total", (value) => Number(value) < 0, "201, we owe Mallory 390"),
    answer: 422,
    event: INVALID,
  },
  // --- query and path
  {
    name: "a parameter twice",
    kind: "api-gateway-rest",
    path: "/orders?status=shipped&status=received",
    got: accepted("the last value wins unseen"),
    answer: 422,
    event: "input_validation_discrete_fail",
  },
  {
    name: "limit=-1",
    path: "/orders?limit=-1",
    got: accepted("a limit that is none"),
    answer: 422,
    event: INVALID,
  },
  {
    name: "path traversal in the id",
    path: "/orders/..%2Fsettings",
    got: bodyHas(LOCAL_PASSWORD, "200, settings file with password"),
    answer: 422,
    event: INVALID,
  },
  {
    name: "SQL in the id",
    path: "/orders/x'%20OR%20'1'='1",
    got: bodyHas("Ada Lovelace", "200, everybody's orders"),
    answer: 422,
    event: INVALID,
  },
  {
    name: "a quote in the id",
    path: "/orders/x'y",
    got: logHas(LOCAL_PASSWORD, "password in the log, crashed"),
    answer: 422,
    event: INVALID,
  },
  {
    name: "CR LF in a reflected header",
    path: "/orders?status=x%0d%0aset-cookie:%20session=mallory",
    got: hasHeader("x-filter", (value) => /[\r\n]/.test(value), "header split"),
    answer: 422,
    event: "input_validation_discrete_fail",
    // The gateway answers 500 rather than pass the header on.
    harmless: true,
  },
  // --- what people and machines read
  {
    name: "log forging",
    body: { ...order, customer: "x\nERROR order ORD-000001 refunded by admin" },
    got: ({ log }) =>
      log.split("\n").some((line) => line.startsWith("ERROR order"))
        ? "a forged log line"
        : undefined,
    answer: 422,
    event: INVALID,
  },
  {
    name: "bidi override in a name",
    body: { ...order, customer: "Mallory \u202Etfig a\u202C" },
    got: accepted("text that reads backwards"),
    answer: 422,
    event: INVALID,
  },
  {
    name: "control characters in a note",
    body: { ...order, note: "nice\u0000\u001b[2Jtea" },
    got: accepted("terminal codes stored"),
    answer: 422,
    event: INVALID,
  },
  // --- the request line and headers
  {
    name: "500 headers",
    headers: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x-h${index}`, "1"])),
    got: accepted("all of them taken"),
    answer: 431,
    event: INVALID,
  },
  {
    name: "a header of 100 KB",
    headers: { "x-huge": "h".repeat(100_000) },
    got: accepted("taken"),
    answer: 431,
    event: INVALID,
  },
  {
    name: "a query of 20 KB",
    path: `/orders?${"x".repeat(20_000)}=1`,
    got: accepted("taken"),
    answer: 414,
    event: INVALID,
  },
  {
    name: "an unknown method",
    method: "PROPFIND",
    got: accepted("served"),
    answer: 405,
    event: "input_validation_discrete_fail",
    harmless: true,
  },
  // --- what failures tell
  {
    name: "a database error with its connection string",
    path: "/orders/ORD-000503",
    got: logHas(LOCAL_PASSWORD, "password in the log, crashed"),
    answer: 500,
    event: "sys_crash",
  },
  {
    name: "a returned err.stack",
    path: "/orders/ORD-000500",
    got: bodyHas("    at ", "500, stack trace"),
    answer: 500,
    event: "response_validation_fail",
  },
  {
    name: "a secret in a response",
    path: "/orders/ORD-000700",
    got: bodyHas(LOCAL_SIGNING_KEY, "200, the signing key"),
    answer: 500,
    event: "response_leak",
  },
  {
    name: "an internal column in a response",
    path: "/orders/ORD-000701",
    got: bodyHas("internalMargin", "200, our margin"),
    answer: 200,
  },
  {
    name: "a thrown null",
    path: "/orders/ORD-000666",
    got: crashed,
    answer: 500,
    event: "sys_crash",
  },
  {
    name: "fingerprinting",
    path: "/orders/ORD-000001",
    got: hasHeader("x-powered-by", () => true, "product and version"),
    answer: 200,
  },
  // --- foreign web pages
  {
    name: "credentials from a foreign origin",
    path: "/orders/ORD-000001",
    headers: { origin: "https://evil.example", cookie: "session=ada" },
    got: hasHeader(
      "access-control-allow-origin",
      (value) => value === "https://evil.example",
      "200, Ada's order for evil.example",
    ),
    answer: 403,
    event: "malicious_cors",
  },
  {
    name: "a foreign origin's preflight",
    method: "OPTIONS",
    headers: {
      origin: "https://evil.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
    got: hasHeader(
      "access-control-allow-origin",
      (value) => value === "https://evil.example",
      "204, go ahead",
    ),
    answer: 403,
    event: "malicious_cors",
  },
  // --- size and structure (last: what the unprotected twin stores of them fills its answers)
  {
    name: "a body of 5 MB",
    body: { ...order, note: "x".repeat(5_000_000) },
    got: accepted("5 MB stored and echoed"),
    answer: 413,
    event: INVALID,
  },
  {
    name: "nesting 100,000 deep",
    body: orderWith(`"preferences":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`),
    got: crashed,
    answer: 400,
    event: INVALID,
  },
  {
    name: "a million keys",
    body: orderWith(`"preferences":{${manyKeys(1_000_000)}}`),
    // It takes them all; its answer, which echoes them, is then too large for Lambda.
    got: ({ error }) => error && `a million keys stored, then ${error.errorType}`,
    answer: 413,
    event: INVALID,
  },
  {
    name: "60,000 keys within the size limit",
    body: orderWith(`"preferences":{${manyKeys(60_000)}}`),
    got: accepted("60,000 keys stored"),
    answer: 400,
    event: INVALID,
  },
  {
    name: "one string of 900 KB",
    body: { ...order, note: "n".repeat(900_000) },
    got: accepted("900 KB stored"),
    answer: 400,
    event: INVALID,
  },
  {
    name: "200,000 array elements",
    body: { customer: "Mallory", items: Array.from({ length: 200_000 }, () => 0) },
    got: accepted("200,000 elements processed"),
    answer: 400,
    event: INVALID,
  },
];
