/**
 * A value that only `reveal()` gives.
 *
 * @module
 */
import { inspect } from "node:util";

/**
 * Live secrets, shared by all copies of this package in the process. Weak, so that a secret
 * which nobody holds any more can be collected.
 */
const REGISTRY = Symbol.for("middy-hardening.secrets");

interface Registry {
  readonly live: Set<WeakRef<Secret<unknown>>>;
  /** The texts to look for, made again when `live` has changed. */
  needles: readonly Needle[] | undefined;
}

interface Needle {
  readonly name: string;
  readonly text: string;
}

const registry: Registry = ((globalThis as { [REGISTRY]?: Registry })[REGISTRY] ??= {
  live: new Set(),
  needles: undefined,
});

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
    registry.live.add(this.#reference);
    registry.needles = undefined;
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

  [inspect.custom](): string {
    return this.label;
  }

  /** Forgets the value; one that is bytes is overwritten with zeros first. */
  [Symbol.dispose](): void {
    const value = this.#value?.revealed;
    if (value instanceof Uint8Array) value.fill(0);
    this.#value = undefined;
    registry.live.delete(this.#reference);
    registry.needles = undefined;
  }
}

/** The name of a live secret whose value stands in `text`, plain, in base64, URL-encoded or JSON-escaped. */
export function findSecret(text: string): string | undefined {
  if (registry.live.size === 0) return undefined;
  registry.needles ??= [...registry.live].flatMap(needlesOf);
  return registry.needles.find((needle) => text.includes(needle.text))?.name;
}

function needlesOf(reference: WeakRef<Secret<unknown>>): Needle[] {
  const secret = reference.deref();
  if (secret === undefined) {
    registry.live.delete(reference);
    return [];
  }
  const texts = new Set<string>();
  for (const value of leavesOf(secret.reveal())) {
    const base64 = Buffer.from(value as string)
      .toString("base64")
      .replace(/=+$/, "");
    const plain = typeof value === "string" ? value : Buffer.from(value).toString("utf8");
    const encodings = [
      plain,
      base64,
      base64.replaceAll("+", "-").replaceAll("/", "_"),
      encodeURIComponent(plain.toWellFormed()),
      JSON.stringify(plain).slice(1, -1),
    ];
    for (const text of encodings) if (text.length >= MIN_NEEDLE_LENGTH) texts.add(text);
  }
  return [...texts].map((text) => ({ name: secret.label, text }));
}

/** The strings and bytes in a value, which for a JSON secret may be nested. */
function leavesOf(root: unknown): (string | Uint8Array)[] {
  const leaves: (string | Uint8Array)[] = [];
  const seen = new Set<unknown>();
  const pending = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === "string" || value instanceof Uint8Array) leaves.push(value);
    else if (typeof value === "object" && value !== null && !seen.has(value)) {
      seen.add(value);
      for (const member of Object.values(value)) pending.push(member);
    }
  }
  return leaves;
}
