/**
 * What a call of the Logger says, read safely and redacted, before Powertools looks at it.
 *
 * @module
 */
import { memberOf } from "./member-of.ts";
import { nativeTypes } from "./once.ts";
import { isOwn as isOwnFields } from "./own-fields.ts";
import type { Redactor } from "./redact/redactor.ts";

export type Attributes = Record<string, unknown>;

/** The message and attributes of one call: plain, bounded and redacted. */
export class LoggedRecord {
  readonly message: unknown;
  readonly attributes: Attributes;
  /** Whether this package itself has filled in fields of the Logger, such as the request id. */
  readonly isOwn: boolean;

  constructor(message: unknown, attributes: Attributes, isOwn: boolean) {
    this.message = message;
    this.attributes = attributes;
    this.isOwn = isOwn;
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
  let isOwn = false;
  for (const extra of extraInput) {
    if (isError(extra)) attributes.error = redactedMember(redactor, "error", extra);
    else if (typeof extra === "object") putAll(attributes, attributesOf(redactor, extra));
    else if (extra !== undefined) attributes.extra = redactedMember(redactor, "extra", extra);
    isOwn ||= isOwnFields(extra);
  }
  return new LoggedRecord(message, attributes, isOwn);
}

/** The message in the first argument; what else it holds becomes attributes. */
function messageOf(redactor: Redactor, input: unknown, attributes: Attributes): unknown {
  if (typeof input === "string") return redactor.text(input);
  if (isError(input)) {
    // Powertools would print its message and its own properties, without stack and cause.
    attributes.error = redactedMember(redactor, "error", input);
    return redactedMember(redactor, "message", memberOf(input, "message"));
  }
  const shown = redactor.redact(input);
  if (!isPlain(shown)) return shown;
  const { message, ...others } = shown;
  putAll(attributes, others);
  return message;
}

/** A value as attributes: its members, or all of it as `extra` when it has none. */
export function attributesOf(redactor: Redactor, value: unknown): Attributes {
  if (value === undefined || value === null) return {};
  const shown = redactor.redact(value);
  return isPlain(shown) ? shown : { extra: shown };
}

/** A value redacted as the member of that name. */
export function redactedMember(redactor: Redactor, name: string, value: unknown): unknown {
  const shown = redactor.redact({ [name]: value });
  return isPlain(shown) ? shown[name] : shown;
}

function isError(value: unknown): boolean {
  if (nativeTypes().isNativeError(value)) return true;
  try {
    return value instanceof Error;
  } catch {
    return false; // A revoked proxy.
  }
}

const isPlain = (value: unknown): value is Attributes =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const MEMBER = { configurable: true, enumerable: true, writable: true } as const;

/** Sets a member of any name, `__proto__` among them. */
export function put(target: Attributes, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(target, name, { ...MEMBER, value });
  else target[name] = value;
}

function putAll(target: Attributes, members: Attributes): void {
  for (const name of Object.keys(members)) put(target, name, members[name]);
}
