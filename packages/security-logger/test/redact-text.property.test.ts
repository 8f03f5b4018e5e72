import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../src/index.ts";

const { text, redact } = createRedactor();

const visible = (except: RegExp) =>
  fc
    .string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)) })
    .map((suffix) => `Hunter2${suffix.replace(except, "")}`);

const url = visible(/["'`<>]|:\/\//g);
const listed = visible(/[;"']/g).map((value) => value.replace("2", "2 horse "));
const word = visible(/[;"'`,&)}\]<]/g);
const any = fc.string({ unit: "binary" }).map((suffix) => `Hunter2${suffix}`);

/** Passwords and the text around them in which each is written. */
const planted: fc.Arbitrary<readonly [text: string, password: string]> = fc.oneof(
  url.map((it) => [`connect postgres://app:${it}@db:5432/o failed`, it] as const),
  url.map((it) => [`"redis://:${it}@cache"`, it] as const),
  listed.map((it) => [`Server=db;User Id=sa;Password=${it};Database=x`, it] as const),
  word.map((it) => [`login with password=${it} failed`, it] as const),
  word.map((it) => [`token: ${it}`, it] as const),
  any.map((it) => [JSON.stringify({ password: it, id: 1 }), "Hunter2"] as const),
  any.map((it) => [JSON.stringify({ cvv: [it, { it }], id: 1 }), "Hunter2"] as const),
  any.map((it) => [JSON.stringify(JSON.stringify({ secret: it, id: 1 })), "Hunter2"] as const),
  any.map((it) => [JSON.stringify(JSON.stringify({ pin: { it }, id: 1 })), "Hunter2"] as const),
  any.map(
    (it) => [`Password='${it.replace(/[\\]/g, "").replaceAll("'", "''")}';`, "Hunter2"] as const,
  ),
  any.map((it) => [`?api_key=${encodeURIComponent(it.toWellFormed())}&id=1`, "Hunter2"] as const),
  any.map((it) => [JSON.stringify([{ name: "DB_PASSWORD", value: it }]), "Hunter2"] as const),
  any.map((it) => {
    const encoded = Buffer.from(
      JSON.stringify({ user: "ada", password: it.replace(/[\ufffd-\uffff]/g, "") }),
    ).toString("base64");
    return [JSON.stringify({ body: encoded, id: 1 }), encoded.replace(/=+$/, "")] as const;
  }),
  any.map((it) => {
    const part = 'Content-Disposition: form-data; name="password"';
    return [`--b\r\n${part}\r\n\r\n${it}\r\n--b--`, "Hunter2"] as const;
  }),
  word.map((it) => [`failed: mysqldump --password ${it} --all`, it] as const),
  url.map((it) => [`<Password Type="text">${it}</Password>`, it] as const),
  url.map((it) => [`ALTER ROLE app PASSWORD '${it}';`, it] as const),
  any.map((it) => [`-----BEGIN ${"PRIVATE"} KEY-----${it}`, "Hunter2"] as const),
);

describe("whatever the password is", () => {
  it("the masked text does not hold it, nor its beginning", () => {
    fc.assert(
      fc.property(planted, ([given, password]) => {
        const masked = text(given);
        expect(masked).not.toContain(password);
        expect(masked).not.toContain("Hunter2");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("text made of the forms' own pieces", () => {
  const pieces = [
    ...["://", ":\\/\\/", "http", "postgres", "a", ":", "@", "?", "&", "/", "1", " ", "x."],
    ...["password", "Password=", "pwd=", "=", ";", "'", '"', "\\", '\\"', "`", ",", "Server=a;"],
    ...["{", "[", "}", '"pin":{', '\\"pin\\":[', "<token>", "%3D", "%", "%25", "card number: "],
    ...[
      "-----BEGIN ",
      "PRIVATE KEY-----",
      "-----END ",
      "Bearer ",
      "Basic ",
      "\n",
      "*",
      "[redacted",
    ],
    ...[
      "eyJ",
      "eyJhbGciOiJ.",
      "eyJabcdefgh.eyJ",
      "gl",
      "pat-",
      "xox",
      "b-",
      "M",
      ".",
      "4111 ",
      "41",
    ],
    ...[
      'name="password"',
      ' name="token"\r\n\r\n',
      "\r\n--",
      "--password ",
      '<pin a="b">',
      "<![CDATA[",
    ],
    ...["cGFzc3dvcmQ9aHVudGVyMg", '"name":"token","value":"', "Key (token)=(", "password '"],
    ...["Q~", "$2b$10$", "-", "us1", "atlasv1.", "aB3/", "\u202e", "😀", "é"],
  ];
  const hostile = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 })
    .map((some) => some.join("").repeat(Math.ceil(200_000 / some.join("").length)));
  const unbounded = createRedactor({
    maxStringLength: Number.POSITIVE_INFINITY,
    maxTextLength: Number.POSITIVE_INFINITY,
  });

  // Were one of them not linear, the test would run for minutes.
  it("is read to its end", () => {
    fc.assert(
      fc.property(hostile, (given) => {
        expect(typeof unbounded.text(given)).toBe("string");
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it("is bounded where it is shown", () => {
    fc.assert(
      fc.property(hostile, (given) => {
        expect(text(given).length).toBeLessThanOrEqual(8192 + 32);
        expect(JSON.stringify(redact({ list: new Array(50).fill(given) })).length).toBeLessThan(
          1_000_000,
        );
      }),
      { numRuns: 30 },
    );
  }, 120_000);
});

describe("whatever the value is", () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withObjectString: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  });

  it("its copy is plain, goes through JSON as it is, and is its own copy", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const copy = redact(value);
        const json = JSON.stringify(copy);
        expect(json === undefined ? undefined : JSON.parse(json)).toEqual(
          copy === 0 ? 0 : zero(copy),
        );
      }),
      { numRuns: 500 },
    );
  });
});

/** JSON has no negative zero. */
const zero = (copy: unknown): unknown =>
  JSON.parse(JSON.stringify({ copy }, (_name, value: unknown) => (value === 0 ? 0 : value))).copy;
