/**
 * What a call of the Logger says, read safely and redacted, before Powertools looks at it.
 *
 * @module
 */
import { types } from "node:util";
import { memberOf } from "./member-of.ts";
import type { Redactor } from "./redact/redactor.ts";

export type Attributes = Record<string, unknown>;

/** The message and attributes of one call: plain, bounded and redacted. */
export class LoggedRecord {
  readonly message: unknown;
  readonly attributes: Attributes;

  constructor(message: unknown, attributes: Attributes) {
    this.message = message;
    this.attributes = attributes;
  }
}

/** The record of `logger.info(input, ...extraInput)`, as Powertools reads them; nothing of them is lost. */
export function recordOf(
  redactor: Redactor,
  input: unknown,
  extraInput: readonly unknown[],
): LoggedRecord {
  const attributes: Attributes = {};
  const message = messageOf(redactor, input, attributes);
  for (const extra of extraInput) {
    if (extra === undefined || extra === null) continue;
    const name = isError(extra) ? "error" : "extra";
    const shown = shownAs(redactor, name, extra);
    if (name === "extra" && isPlain(shown)) putAll(attributes, shown);
    else attributes[name] = shown;
  }
  return new LoggedRecord(message, attributes);
}

/** The message in the first argument; what else it holds becomes attributes. */
function messageOf(redactor: Redactor, input: unknown, attributes: Attributes): unknown {
  if (typeof input === "string") return redactor.text(input);
  if (isError(input)) {
    // Powertools would print its message and own properties, without stack and cause.
    attributes.error = shownAs(redactor, "error", input);
    const message = memberOf(input, "message");
    return typeof message === "string" ? redactor.text(message) : undefined;
  }
  const shown = redactor.redact(input);
  if (!isPlain(shown)) return shown;
  const { message, ...others } = shown;
  putAll(attributes, others);
  return message;
}

/** A value redacted as the member of that name: an object as it is, so that paths begin in it. */
function shownAs(redactor: Redactor, name: string, value: unknown): unknown {
  if (name === "extra" && typeof value === "object") return redactor.redact(value);
  return (redactor.redact({ [name]: value }) as Attributes)[name];
}

function isError(value: unknown): boolean {
  if (types.isNativeError(value)) return true;
  try {
    return value instanceof Error;
  } catch {
    return false; // A revoked proxy.
  }
}

export const isPlain = (value: unknown): value is Attributes =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Sets a member of any name, `__proto__` among them. */
export function put(target: Attributes, name: string, value: unknown): void {
  if (name !== "__proto__") target[name] = value;
  else Object.defineProperty(target, name, { ...MEMBER, value });
}

const MEMBER = { configurable: true, enumerable: true, writable: true } as const;

function putAll(target: Attributes, members: Attributes): void {
  for (const [name, value] of Object.entries(members)) put(target, name, value);
}
