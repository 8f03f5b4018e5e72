/**
 * Making any value fit for a log: plain, bounded, and without what must never be in one.
 *
 * @module
 */
import { checkOptions, limitOf, type OptionRule, textList } from "@middy-hardening/core";
import { copyOf } from "./copy.ts";
import { linear } from "./linear.ts";
import { createMask } from "./mask.ts";
import { createNames } from "./names.ts";
import { parsePaths } from "./paths.ts";
import { createText, MAX_STRING_LENGTH } from "./text.ts";

/** What a {@link Redactor} masks beside what it always does, and how much of a value it shows. */
export interface RedactorOptions {
  /**
   * Further names whose values are masked, at any depth, in any case and spelling: `customerNumber` is
   * `customer_number` and `oldCustomerNumber` too. Default: none beside the built-in ones.
   */
  readonly keys?: readonly string[] | undefined;
  /** Whole names that are shown although they sound like a secret's, such as `sessionId`. Default: none. */
  readonly keepKeys?: readonly string[] | undefined;
  /**
   * Places whose values are masked: `user.address.street`, `user["first.name"]`, `items[0].card`,
   * `items[*].card`, `user.*`, `**.note` (at any depth). Default: none.
   */
  readonly paths?: readonly string[] | undefined;
  /**
   * Further patterns; what matches is masked. One that is not sure to take linear time is refused. Default: none
   * beside the built-in ones.
   */
  readonly patterns?: readonly RegExp[] | undefined;
  /**
   * At least 32 bytes: instead of a mask, a value becomes `[hmac ...]`, the first 96 bits of its HMAC-SHA-256,
   * so that two records can be related without the value. Default: none, values are masked.
   */
  readonly hashKey?: string | Uint8Array | undefined;
  /** How deep a value is shown. Deeper objects are told as `[object, 3 members]`. Default: 10 levels. */
  readonly maxDepth?: number | undefined;
  /**
   * Members and items of a value in all; what lies deepest is left out first, and told by number. Default:
   * 1,000.
   */
  readonly maxKeys?: number | undefined;
  /** Items of one array; the rest is told as `[17 more items]`. Default: 100. */
  readonly maxArrayLength?: number | undefined;
  /** UTF-16 units of one text; a longer one is cut, and ends in `…[10485760 characters]`. Default: 8,192. */
  readonly maxStringLength?: number | undefined;
  /** UTF-16 units of all texts of a value together. Default: 131,072. */
  readonly maxTextLength?: number | undefined;
}

/** Removes from values what must never be in a log. */
export interface Redactor {
  /** A plain, JSON-safe copy of any value, redacted and bounded. Never throws, never changes the original. */
  redact(value: unknown): unknown;
  /** A text with what is secret in it masked; on one line and bounded. */
  text(value: string): string;
}

const regularExpressions: OptionRule = {
  expected: "an array of regular expressions",
  accepts: (value) => Array.isArray(value) && value.every((item) => item instanceof RegExp),
};

const keyOfBytes: OptionRule = {
  expected: "a string or Uint8Array of at least 32 bytes",
  accepts: (value) =>
    (typeof value === "string" || value instanceof Uint8Array) && Buffer.byteLength(value) >= 32,
};

const rules: { readonly [Name in keyof Required<RedactorOptions>]: OptionRule } = {
  keys: textList,
  keepKeys: textList,
  paths: textList,
  patterns: regularExpressions,
  hashKey: keyOfBytes,
  maxDepth: limitOf("levels"),
  maxKeys: limitOf("members"),
  maxArrayLength: limitOf("items"),
  maxStringLength: limitOf("UTF-16 units"),
  maxTextLength: limitOf("UTF-16 units"),
};

/**
 * A redactor: what this package prints goes through one, and an application may use it for whatever
 * leaves the function.
 *
 * ```ts
 * const { redact } = createRedactor({ keys: ["dossier"], paths: ["user.address.street"] });
 * console.log(JSON.stringify(redact({ user, password })));
 * ```
 *
 * @throws TypeError when an option is unknown or of the wrong kind, or a pattern may be slow.
 */
export function createRedactor(options: RedactorOptions = {}): Redactor {
  const {
    keys = [],
    keepKeys = [],
    paths = [],
    patterns = [],
    hashKey,
    maxDepth = 10,
    maxKeys = 1000,
    maxArrayLength = 100,
    maxStringLength = MAX_STRING_LENGTH,
    maxTextLength = 131_072,
  } = checkOptions("@middy-hardening/security-logger: redactor", options, rules);
  const names = createNames(keys, keepKeys);
  const mask = createMask(hashKey);
  const showText = createText({ names, mask, patterns: patterns.map(linear) });
  const bounds = { maxDepth, maxKeys, maxArrayLength, maxStringLength, maxTextLength };
  const setup = { names, mask, showText, places: parsePaths(paths), ...bounds };
  return {
    redact: (value) => copyOf(value, setup),
    text: (value) => showText(value, maxStringLength),
  };
}
