/**
 * A plain, bounded copy of any value: one walk, level by level, so that what is left out when a bound is
 * reached is what lies deepest.
 *
 * @module
 */
import { isCardNumber } from "./cards.ts";
import {
  type Container,
  inJson,
  labelOf,
  openMembers,
  openSpecial,
  readMember,
  UNREADABLE,
} from "./container.ts";
import { isMasked, type Mask, REDACTED } from "./mask.ts";
import type { Sensitivity } from "./names.ts";
import { type Places, placesBehind } from "./paths.ts";
import type { ShowText } from "./text.ts";

export interface CopySetup {
  readonly names: (name: string) => Sensitivity;
  readonly showText: ShowText;
  readonly mask: Mask;
  readonly places: Places;
  readonly maxDepth: number;
  readonly maxKeys: number;
  readonly maxArrayLength: number;
  readonly maxStringLength: number;
  readonly maxTextLength: number;
}

/** A value whose members are still to be copied. */
interface Frame {
  /** The value itself, of which `container` may be what its `toJSON` says. */
  readonly origin: object;
  readonly container: Container;
  readonly target: Record<string, unknown> | unknown[];
  readonly parent: Frame | undefined;
  readonly depth: number;
  readonly places: Places;
}

const MORE_ITEMS = /^\[\d{1,12} more items\]$/;
const MAX_NAME_LENGTH = 256;
/** Names of this length hold no secret, and most names are no longer. */
const SHORT_NAME = /^[\w$.-]{1,12}$/;
const MAX_BIGINT = 2n ** 256n;

/** The name of a header that is followed by its value in a list, as Node's `rawHeaders` has it. */
const HEADER_NAME = /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]{1,40})$/i;
const BARE_NAME = /^[A-Za-z-]{1,40}$/;

export function copyOf(root: unknown, setup: CopySetup): unknown {
  try {
    return new Copy(setup).of(root);
  } catch {
    return UNREADABLE;
  }
}

class Copy {
  readonly #setup: CopySetup;
  readonly #frames: Frame[] = [];
  #keysLeft: number;
  #textLeft: number;

  constructor(setup: CopySetup) {
    this.#setup = setup;
    this.#keysLeft = setup.maxKeys;
    this.#textLeft = setup.maxTextLength;
  }

  of(root: unknown): unknown {
    const copy = this.#show(root, undefined, this.#setup.places);
    // An array visits what is added to it on the way.
    for (const frame of this.#frames) {
      if (Array.isArray(frame.target)) this.#copyItems(frame, frame.target);
      else this.#copyMembers(frame, frame.target);
    }
    return copy;
  }

  #show(value: unknown, parent: Frame | undefined, places: Places): unknown {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return this.#number(value);
      case "bigint":
        return value < MAX_BIGINT && value > -MAX_BIGINT ? this.#text(`${value}`) : "[bigint]";
      case "symbol":
        return this.#text(String(value));
      case "function":
        return this.#text(`[function ${String(readMember(value, "name"))}]`);
      case "object":
        return value === null ? null : this.#object(value, parent, places);
      default:
        return value;
    }
  }

  #text(text: string, lines?: "lines"): string {
    const { maxStringLength } = this.#setup;
    const shown = this.#setup.showText(text, Math.min(maxStringLength, this.#textLeft), lines);
    this.#textLeft = Math.max(this.#textLeft - shown.length, 0);
    return shown;
  }

  #number(value: number): unknown {
    if (!Number.isFinite(value)) return String(value);
    const isCard = value >= 1e12 && Number.isSafeInteger(value) && isCardNumber(String(value));
    return isCard ? this.#setup.mask(String(value), "card") : value;
  }

  #object(value: object, parent: Frame | undefined, places: Places): unknown {
    for (let frame = parent; frame !== undefined; frame = frame.parent) {
      if (frame.origin === value) return "[circular]";
    }
    let opened = openSpecial(value, this.#keysLeft);
    if (opened === undefined) {
      const json = inJson(value);
      if (typeof json !== "object" || json === null) return this.#show(json, parent, places);
      opened =
        (json === value ? undefined : openSpecial(json, this.#keysLeft)) ?? openMembers(json);
    }
    if (typeof opened === "string") return this.#text(opened);
    const depth = parent === undefined ? 0 : parent.depth + 1;
    const { size, names } = opened;
    if (depth > this.#setup.maxDepth || (this.#keysLeft === 0 && size > 0)) {
      return names === undefined ? `[array, ${size} items]` : `[object, ${size} members]`;
    }
    const target = names === undefined ? [] : {};
    this.#frames.push({ origin: value, container: opened, target, parent, depth, places });
    return target;
  }

  #copyItems(frame: Frame, target: unknown[]): void {
    const { source, size, values } = frame.container;
    const count = Math.min(size, this.#setup.maxArrayLength, this.#keysLeft);
    this.#keysLeft -= count;
    let previous: unknown;
    for (let index = 0; index < count; index++) {
      const value = values === undefined ? readMember(source, index) : values[index];
      const places = placesBehind(frame.places, String(index));
      const isSecret = places === undefined || this.#isNamedBefore(previous, value, size);
      target.push((isSecret ? this.#masked(value) : this.#show(value, frame, places)) ?? null);
      previous = value;
    }
    if (size <= count) return;
    const last = size === count + 1 ? readMember(source, count) : undefined;
    // What tells how much of a list was left out before is no item.
    const isTold = typeof last === "string" && MORE_ITEMS.test(last);
    target.push(isTold ? last : `[${size - count} more items]`);
  }

  /** In a list of headers or arguments (`["Cookie", "..."]`, `["--password", "..."]`) and in a pair. */
  #isNamedBefore(previous: unknown, value: unknown, size: number): boolean {
    if (typeof previous !== "string" || typeof value !== "string") return false;
    const isArgument = previous.startsWith("--") && !value.startsWith("-");
    const isNamed = isArgument || size === 2 || HEADER_NAME.test(previous);
    if (!isNamed || (!isArgument && BARE_NAME.test(value))) return false;
    return this.#setup.names(previous) === "all";
  }

  #copyMembers(frame: Frame, target: Record<string, unknown>): void {
    const { source, names = [], size, values } = frame.container;
    const count = Math.min(names.length, this.#keysLeft);
    this.#keysLeft -= count;
    for (let index = 0; index < count; index++) {
      const name = names[index] as string;
      const value = values === undefined ? readMember(source, name) : values[index];
      const places = placesBehind(frame.places, name);
      let copy: unknown;
      if (places === undefined || this.#isSecret(name, value, source)) copy = this.#masked(value);
      else if (name === "stack" && typeof value === "string") {
        copy = this.#text(value, "lines");
      } else copy = this.#show(value, frame, places);
      if (copy !== undefined) target[this.#name(name, index, target)] = copy;
    }
    if (size > count) target["[left out]"] = `${size - count} more members`;
  }

  #isSecret(name: string, value: unknown, source: object): boolean {
    switch (this.#setup.names(name)) {
      case "all":
        return true;
      case "text":
        return typeof value === "string" || (Array.isArray(value) && typeof value[0] === "string");
      default:
        return (name === "value" || name === "Value") && this.#isNamedSecret(source);
    }
  }

  /** In `{ name: "DB_PASSWORD", value: "..." }` and `{ key: "Cookie", value: "..." }`, and of Parameter Store. */
  #isNamedSecret(source: object): boolean {
    if (readMember(source, "Type") === "SecureString") return true;
    return ["name", "key", "header", "Name", "Key"].some((member) => {
      const name = readMember(source, member);
      return typeof name === "string" && this.#setup.names(name) === "all";
    });
  }

  /** A mask; what says nothing of a secret (nothing, yes or no, a label) stays. */
  #masked(value: unknown): unknown {
    const { mask } = this.#setup;
    switch (typeof value) {
      case "undefined":
      case "boolean":
        return value;
      case "string":
        return value === "" || isMasked(value) ? value : mask(value);
      case "number":
      case "bigint":
        return mask(String(value));
      case "object":
        return value === null ? null : (labelOf(value) ?? REDACTED);
      default:
        return REDACTED;
    }
  }

  /** The name under which a member is shown: a name may hold a secret, or what cannot be seen. */
  #name(name: string, index: number, target: object): string {
    if (SHORT_NAME.test(name) && name !== "__proto__") return name;
    // An own member of this name would change a prototype wherever the copy is copied again.
    const shown =
      name === "__proto__" ? "[__proto__]" : this.#setup.showText(name, MAX_NAME_LENGTH);
    return shown !== name && Object.hasOwn(target, shown) ? `${shown} ${index}` : shown;
  }
}
