/**
 * A value that only `reveal()` gives.
 *
 * @module
 */
import { shared } from "./shared.ts";

interface Registry {
  readonly live: Set<WeakRef<Secret<unknown>>>;
  /** The texts to look for, made when they are first needed. */
  readonly needles: WeakMap<Secret<unknown>, readonly string[]>;
}

/** Live secrets. Weak, so that one which nobody holds any more can be collected, and all that is known of it with it. */
const { live, needles } = /* @__PURE__ */ shared<Registry>("secrets", () => ({
  live: new Set(),
  needles: new WeakMap(),
}));

const collected = new FinalizationRegistry<WeakRef<Secret<unknown>>>((reference) =>
  live.delete(reference),
);

/** Values shorter than this are not searched for: they would be found in harmless text. */
const MIN_NEEDLE_LENGTH = 8;

/**
 * Holds a secret. Whatever prints, serializes, clones, spreads or inspects it sees
 * `[secret NAME]`.
 *
 * ```ts
 * using password = new Secret("database", "correct horse battery staple");
 * connect(password.reveal());
 * ```
 */
export class Secret<T> {
  /** `[secret NAME]`; enumerable, so that a clone or a spread shows it too. */
  readonly label: string;
  readonly #reference: WeakRef<Secret<unknown>>;
  #value: { readonly revealed: T } | undefined;

  constructor(name: string, value: T) {
    this.label = `[secret ${name}]`;
    this.#value = { revealed: value };
    this.#reference = new WeakRef<Secret<unknown>>(this);
    live.add(this.#reference);
    collected.register(this, this.#reference);
  }

  /** @throws TypeError when the secret has been disposed. */
  reveal(): T {
    if (this.#value === undefined) throw new TypeError(`${this.label} was disposed.`);
    return this.#value.revealed;
  }

  toString(): string {
    return this.label;
  }

  toJSON(): string {
    return this.label;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.label;
  }

  /** Forgets the value; one that is bytes is overwritten with zeros first. */
  [Symbol.dispose](): void {
    const value = this.#value?.revealed;
    if (value instanceof Uint8Array) value.fill(0);
    this.#value = undefined;
    live.delete(this.#reference);
    needles.delete(this);
  }
}

/**
 * The label of a live secret whose value stands in `text`: as it is, or encoded as hex, base64 (also
 * within a longer value, such as `user:password`), for a URL, a form, JSON, JSON in JSON or HTML. Of a
 * structured value, each string and each run of bytes counts.
 */
export function findSecret(text: string): string | undefined {
  for (const reference of live) {
    const secret = reference.deref();
    if (secret === undefined) continue;
    let texts = needles.get(secret);
    if (texts === undefined) {
      texts = leavesOf(secret.reveal()).flatMap(encodingsOf);
      needles.set(secret, texts);
    }
    if (texts.some((needle) => text.includes(needle))) return secret.label;
  }
  return undefined;
}

function encodingsOf(value: string | Uint8Array): readonly string[] {
  if (value.length < MIN_NEEDLE_LENGTH) return [];
  const bytes = Buffer.from(value as string);
  const plain = bytes.toString();
  const hex = bytes.toString("hex");
  // A set: for most secrets, many of these are the same.
  const encodings = new Set([
    ...[plain, hex, hex.toUpperCase()],
    ...base64EncodingsOf(bytes),
    ...urlEncodingsOf(plain),
    ...htmlEncodingsOf(plain),
    ...jsonEncodingsOf(plain).flatMap((text) => [text, jsonOf(text)]),
  ]);
  // What JSON makes of a Buffer.
  if (typeof value !== "string") encodings.add(bytes.join(","));
  return [...encodings];
}

/**
 * Base64, in both alphabets, has three forms for the bytes within a longer value, by where they
 * begin. The characters at the edges are left out: they hold bits of the neighbours.
 */
function base64EncodingsOf(bytes: Uint8Array): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor((shifted.length * 8) / 6);
    return [
      shifted.toString("base64").slice(start, end),
      shifted.toString("base64url").slice(start, end),
    ];
  });
}

/** As `encodeURIComponent`, RFC 3986 and forms have it, in both cases of the hex digits. */
function urlEncodingsOf(plain: string): string[] {
  const uri = encodeURIComponent(plain);
  const strict = uri.replace(/[!'()*]/g, (mark) => `%${hexOf(mark, 2).toUpperCase()}`);
  const form = new URLSearchParams({ "": plain }).toString().slice(1);
  return [uri, strict, form].flatMap((text) => [
    text,
    text.replace(/%[\dA-F]{2}/g, (octet) => octet.toLowerCase()),
  ]);
}

/** With and without `\/`, and in ASCII alone, in both cases of the hex digits. */
function jsonEncodingsOf(plain: string): string[] {
  const json = jsonOf(plain);
  const ascii = json.replace(/[^\0-\x7f]/g, (unit) => `\\u${hexOf(unit, 4)}`);
  const upper = json.replace(/[^\0-\x7f]/g, (unit) => `\\u${hexOf(unit, 4).toUpperCase()}`);
  return [json, ascii, upper].flatMap((text) => [text, text.replaceAll("/", "\\/")]);
}

const jsonOf = (text: string): string => JSON.stringify(text).slice(1, -1);

const hexOf = (unit: string, digits: number): string =>
  unit.charCodeAt(0).toString(16).padStart(digits, "0");

/** How template engines write quotation marks; the first leaves them as they are. */
const QUOTES = [
  ['"', "'"],
  ["&quot;", "'"],
  ["&quot;", "&#39;"],
  ["&quot;", "&#039;"],
  ["&quot;", "&#x27;"],
  ["&quot;", "&apos;"],
  ["&#34;", "&#39;"],
] as const;

function htmlEncodingsOf(plain: string): string[] {
  const text = plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return QUOTES.map(([double, single]) => text.replaceAll('"', double).replaceAll("'", single));
}

/**
 * Members of a structured secret that say where and as whom, not with what: an honest answer may hold
 * a word such as `postgres` too. Those of the secrets of Amazon RDS are among them.
 */
const NO_SECRET =
  /^(?:account|arn|client|database|db|dbcluster|dbinstance|dbname|domain|email|engine|host|issuer|login|masterarn|name|port|region|schema|tenant|type|user)(?:[-_]?(?:id|identifier|name))?$/i;

/** The strings and bytes in a value, which for a JSON secret may be nested. */
function leavesOf(root: unknown): (string | Uint8Array)[] {
  const leaves: (string | Uint8Array)[] = [];
  const values = new Set([root]);
  // A set visits what is added to it on the way, and each member once.
  for (const value of values) {
    if (typeof value === "string" || value instanceof Uint8Array) leaves.push(value);
    else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        if (typeof member !== "string" || !NO_SECRET.test(name)) values.add(member);
      }
    }
  }
  return leaves;
}
