/**
 * What the options may be, and what the limits among them stand for.
 *
 * @module
 */
import { flag, limitOf, type OptionRule, oneOf, textList } from "@middy-hardening/core";
import type { StructureLimits } from "./json-structure.ts";

/** Whole numbers or `Infinity`. */
export interface Limits extends StructureLimits {
  readonly maxBytes: number;
  readonly maxHeaders: number;
  readonly maxHeaderBytes: number;
  readonly maxQueryParameters: number;
  readonly maxUrlBytes: number;
  readonly maxRecords: number;
}

/** The default, what it counts, the part of a request that it bounds, and the answer to more. */
type Limit = readonly [limit: number, unit: string, part: string, status: number, code: string];

/** The limits by the name of their option. */
export const LIMITS: { readonly [Name in keyof Limits]: Limit } = {
  maxBytes: [1_048_576, "bytes of body", "body", 413, "body_too_large"],
  maxDepth: [32, "levels of JSON", "body", 400, "json_too_deep"],
  maxKeys: [10_000, "JSON keys", "body", 400, "json_too_many_keys"],
  maxArrayLength: [10_000, "elements in a JSON array", "body", 400, "json_array_too_long"],
  maxStringLength: [65_536, "characters in a JSON string", "body", 400, "json_string_too_long"],
  maxHeaders: [100, "headers", "headers", 431, "too_many_headers"],
  maxHeaderBytes: [16_384, "bytes of headers", "headers", 431, "headers_too_large"],
  maxQueryParameters: [100, "query parameters", "query", 400, "too_many_query_parameters"],
  maxUrlBytes: [8_192, "bytes of URL", "url", 414, "url_too_long"],
  maxRecords: [50_000, "records", "event", 413, "too_many_records"],
};

const forEachLimit = <Value>(derive: (name: keyof Limits) => Value) =>
  Object.fromEntries(
    Object.keys(LIMITS).map((name) => [name, derive(name as keyof Limits)]),
  ) as Record<keyof Limits, Value>;

/** The limits of the options, with the defaults for those that are not given. */
export const limitsOf = (
  options: {
    readonly [Name in keyof Limits]?: number | undefined;
  },
): Limits => forEachLimit((name) => options[name] ?? LIMITS[name][0]);

/**
 * The bounds on what AWS puts around a payload: those of the payload, but never less than the
 * defaults, as the forms of events are not the application's choice.
 */
export const envelopeOf = (limits: Limits): Limits => ({
  ...limits,
  maxDepth: Math.max(limits.maxDepth, LIMITS.maxDepth[0]),
  maxKeys: Math.max(limits.maxKeys, LIMITS.maxKeys[0]),
  maxArrayLength: Number.POSITIVE_INFINITY,
  maxStringLength: Number.POSITIVE_INFINITY,
});

const mediaTypes: OptionRule = {
  expected: 'an array such as ["application/json", "image/*", "+json"], or "any"',
  accepts: (value) =>
    value === "any" ||
    (textList.accepts(value) &&
      (value as readonly string[]).every((entry) => /^[\w.-]*[/+](?:\*|[\w.+-]+)$/.test(entry))),
};

const methods: OptionRule = {
  expected: "an array of methods in upper case",
  accepts: (value) => textList.accepts(value) && String(value) === String(value).toUpperCase(),
};

/** The rule of each option. */
export const RULES = {
  ...forEachLimit((name) => limitOf(LIMITS[name][1])),
  contentTypes: mediaTypes,
  methods,
  decompress: flag,
  onInvalidRecord: oneOf("report", "drop", "fail"),
};
