/**
 * What a value of any kind holds, read without trusting it: members, items, or nothing but a text that
 * says what it is.
 *
 * @module
 */
import { Secret } from "@middy-hardening/core";
import { nativeTypes } from "../once.ts";
import { framesOf } from "../stack-frames.ts";

/** A value with members (`names`) or items. `values` are there when they are not read from the value itself. */
export interface Container {
  readonly source: object;
  readonly names: readonly string[] | undefined;
  readonly values: readonly unknown[] | undefined;
  /** How many there are; of those of a collection, `values` may hold only the first. */
  readonly size: number;
}

export const UNREADABLE = "[unreadable]";

/** A member, or a text that says that it cannot be read (a throwing getter, a revoked proxy). */
export function readMember(source: object, name: string | number): unknown {
  try {
    return (source as Readonly<Record<string | number, unknown>>)[name];
  } catch {
    return UNREADABLE;
  }
}

/**
 * What an object that is more than its members holds, or a text in its place; `undefined` for others.
 *
 * @param limit how many members of a collection are read.
 */
export function openSpecial(source: object, limit: number): Container | string | undefined {
  try {
    const prototype: unknown = Object.getPrototypeOf(source);
    if (prototype === Object.prototype || prototype === null) return bufferFromJson(source);
    if (Array.isArray(source)) {
      return { source, names: undefined, values: undefined, size: source.length };
    }
    return special(source, limit);
  } catch {
    return UNREADABLE;
  }
}

/** The own members of an object, or a text if they cannot be told. */
export function openMembers(source: object): Container | string {
  try {
    const names = Object.keys(source);
    return { source, names, values: undefined, size: names.length };
  } catch {
    return UNREADABLE;
  }
}

/** What the value says that JSON is to see of it; the value itself where it says nothing. */
export function inJson(source: object): unknown {
  const toJson = readMember(source, "toJSON");
  if (typeof toJson !== "function") return source;
  try {
    return toJson.call(source, "");
  } catch {
    return source;
  }
}

/** The label of a {@link Secret}. */
export function labelOf(source: object): string | undefined {
  try {
    return source instanceof Secret ? source.label : undefined;
  } catch {
    return undefined;
  }
}

/** Objects of the language and of the platform that are more than their members. */
function special(source: object, limit: number): Container | string | undefined {
  if (source instanceof Secret) return source.label;
  const types = nativeTypes();
  if (types.isNativeError(source) || source instanceof Error) return errorMembers(source);
  if (ArrayBuffer.isView(source) || types.isAnyArrayBuffer(source)) {
    return `[${typeOf(source)}, ${source.byteLength} bytes]`;
  }
  if (types.isDate(source)) {
    return Number.isNaN(source.getTime()) ? "[invalid date]" : source.toISOString();
  }
  if (types.isRegExp(source) || source instanceof URL || source instanceof URLSearchParams) {
    return String(source);
  }
  if (types.isMap(source)) return entries(source, source, source.size, limit);
  if (source instanceof Headers) return entries(source, source, [...source.keys()].length, limit);
  if (types.isSet(source)) {
    const values = first(Set.prototype.values.call(source), limit);
    return { source, names: undefined, values, size: source.size };
  }
  if (types.isBoxedPrimitive(source)) return String(source);
  if (types.isPromise(source) || types.isWeakMap(source) || types.isWeakSet(source)) {
    return `[${typeOf(source)}]`;
  }
  return undefined;
}

/** What `JSON.parse` makes of a buffer. */
function bufferFromJson(source: object): string | undefined {
  if (readMember(source, "type") !== "Buffer") return undefined;
  const data = readMember(source, "data");
  return Array.isArray(data) ? `[Buffer, ${data.length} bytes]` : undefined;
}

const OF_ERRORS = ["name", "message", "stack", "cause", "errors"];

/** An error's own members beside those that make it one, which are not enumerable. */
function errorMembers(source: Error): Container {
  const own = Object.keys(source).filter((name) => !OF_ERRORS.includes(name));
  const names = [...OF_ERRORS.filter((name) => readMember(source, name) !== undefined), ...own];
  const values = names.map((name) => {
    const value = readMember(source, name);
    const isStack = name === "stack" && typeof value === "string";
    return isStack ? framesOf(value, readMember(source, "message")) : value;
  });
  return { source, names, values, size: names.length };
}

function entries(
  source: object,
  pairs: Iterable<readonly [unknown, unknown]>,
  size: number,
  limit: number,
): Container {
  const shown = first(pairs, limit);
  return {
    source,
    names: shown.map(([key]) => nameOf(key)),
    values: shown.map(([, value]) => value),
    size,
  };
}

/** A key of a Map, which may be anything. */
function nameOf(key: unknown): string {
  if (typeof key === "string") return key;
  return typeof key === "object" && key !== null ? `[${typeOf(key)}]` : String(key);
}

function first<Item>(items: Iterable<Item>, limit: number): Item[] {
  const shown: Item[] = [];
  for (const item of items) {
    if (shown.length >= limit) break;
    shown.push(item);
  }
  return shown;
}

const typeOf = (value: object): string =>
  Buffer.isBuffer(value) ? "Buffer" : Object.prototype.toString.call(value).slice(8, -1);
