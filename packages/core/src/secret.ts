/**
 * A value that only `reveal()` gives.
 *
 * @module
 */
import { NeedleIndex } from "./needle-index.ts";
import { needlesOf } from "./secret-encodings.ts";
import { shared } from "./shared.ts";

interface SecretRegistry {
  /** Weak, so that a secret which nobody holds any more can be collected, and all that is known of it with it. */
  readonly live: Set<WeakRef<Secret<unknown>>>;
  /** The texts to look for, made when they are first needed. */
  readonly needles: WeakMap<Secret<unknown>, readonly string[]>;
  /** Those that the index lacks. */
  readonly added: Set<WeakRef<Secret<unknown>>>;
  /** Made by a search, and dropped when a secret goes. */
  index: NeedleIndex<WeakRef<Secret<unknown>>> | undefined;
}

/** Live secrets, of all copies of this package. */
const registry = /* @__PURE__ */ shared<SecretRegistry>("secrets", () => ({
  live: new Set(),
  needles: new WeakMap(),
  added: new Set(),
  index: undefined,
}));

function forget(reference: WeakRef<Secret<unknown>>): void {
  registry.live.delete(reference);
  registry.added.delete(reference);
  registry.index = undefined;
}

const collected = new FinalizationRegistry<WeakRef<Secret<unknown>>>(forget);

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
    registry.added.add(this.#reference);
    collected.register(this, this.#reference);
  }

  /** @throws TypeError when the secret has been disposed. */
  reveal(): T {
    if (this.#value === undefined) throw new TypeError(`${this.label} was disposed.`);
    return this.#value.revealed;
  }

  /** The label: what a template or a log line gets. */
  toString(): string {
    return this.label;
  }

  /** The label: what `JSON.stringify` gets. */
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
    registry.needles.delete(this);
    forget(this.#reference);
  }
}

/** Where in a text the value of a live secret stands, in UTF-16 units. */
export interface FoundSecret {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/**
 * The label of a live secret whose value stands in `text`: as it is, or encoded as hex, base64 (also
 * within a longer value, such as `user:password`), for a URL, a form, JSON, JSON in JSON or HTML. Of a
 * structured value, each string and each run of bytes counts.
 */
export function findSecret(text: string): string | undefined {
  return nextSecret(text, 0)?.label;
}

/** All places in `text` at which a value of a live secret begins, in the sense of {@link findSecret}. */
export function findSecrets(text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  let next = nextSecret(text, 0);
  while (next !== undefined) {
    found.push(next);
    next = nextSecret(text, next.start + 1);
  }
  return found;
}

function nextSecret(text: string, from: number): FoundSecret | undefined {
  const index = currentIndex();
  if (index === undefined) return undefined;
  let found = index.next(text, from);
  while (found !== undefined) {
    for (const { needle, owner } of found.needles) {
      const label = owner.deref()?.label;
      if (label !== undefined)
        return { start: found.start, end: found.start + needle.length, label };
    }
    found = index.next(text, found.start + 1);
  }
  return undefined;
}

/** The index with all live secrets in it; none where there is no secret. */
function currentIndex(): SecretRegistry["index"] {
  if (registry.live.size === 0) return undefined;
  let { index } = registry;
  // What comes is added, as many secrets may in one invocation; what goes makes a new one.
  const missing = index === undefined ? registry.live : registry.added;
  registry.index = index ??= new NeedleIndex();
  for (const reference of missing) {
    const secret = reference.deref();
    if (secret === undefined) continue;
    let needles = registry.needles.get(secret);
    if (needles === undefined) {
      needles = needlesOf(secret.reveal());
      registry.needles.set(secret, needles);
    }
    for (const needle of needles) index.add(needle, reference);
  }
  registry.added.clear();
  return index;
}
