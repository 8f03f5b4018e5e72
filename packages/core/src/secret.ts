/**
 * A value that only `reveal()` gives.
 *
 * @module
 */

/**
 * Live secrets, shared by all copies of this package in the process. Weak, so that a secret
 * which nobody holds any more can be collected, and all that is known of it with it.
 */
const REGISTRY = Symbol.for("middy-hardening.secrets");

interface Registry {
  readonly live: Set<WeakRef<Secret<unknown>>>;
  /** The texts to look for, made when they are first needed. */
  readonly needles: WeakMap<Secret<unknown>, readonly string[]>;
}

const { live, needles }: Registry = ((globalThis as { [REGISTRY]?: Registry })[REGISTRY] ??= {
  live: new Set(),
  needles: new WeakMap(),
});

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
 * The label of a live secret whose value stands in `text`: as it is, in hex or base64 (both
 * alphabets), URL-encoded or JSON-escaped. Of a structured value, each string and each run of bytes counts.
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

function encodingsOf(value: string | Uint8Array): string[] {
  if (value.length < MIN_NEEDLE_LENGTH) return [];
  const bytes = Buffer.from(value as string);
  const plain = bytes.toString();
  return [
    plain,
    bytes.toString("hex"),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    encodeURIComponent(plain),
    JSON.stringify(plain).slice(1, -1),
  ];
}

/** The strings and bytes in a value, which for a JSON secret may be nested. */
function leavesOf(root: unknown): (string | Uint8Array)[] {
  const leaves: (string | Uint8Array)[] = [];
  const values = new Set([root]);
  // A set visits what is added to it on the way, and each member once.
  for (const value of values) {
    if (typeof value === "string" || value instanceof Uint8Array) leaves.push(value);
    else if (typeof value === "object" && value !== null) {
      for (const member of Object.values(value)) values.add(member);
    }
  }
  return leaves;
}
