/**
 * What a Logger is given beside records, made harmless before Powertools takes it.
 *
 * @module
 */
import type { LogFormatter } from "@aws-lambda-powertools/logger";
import type { ConstructorOptions } from "@aws-lambda-powertools/logger/types";
import { type Attributes, attributesOf, redactedMember } from "./logged-record.ts";
import { memberOf } from "./member-of.ts";
import type { Redactor } from "./redact/redactor.ts";
import { SecureFormatter } from "./secure-formatter.ts";

/** Options of a Logger with keys and formatter made harmless: it prints while it is being made. */
export function secureOptions(options: ConstructorOptions, redactor: Redactor): ConstructorOptions {
  const { logFormatter, persistentKeys, persistentLogAttributes, ...others } = options;
  return {
    ...others,
    ...(logFormatter && { logFormatter: secureFormatter(logFormatter, redactor) }),
    ...(persistentKeys && { persistentKeys: attributesOf(redactor, persistentKeys) }),
    ...(persistentLogAttributes && {
      persistentLogAttributes: attributesOf(redactor, persistentLogAttributes),
    }),
  } as ConstructorOptions;
}

export const secureFormatter = (given: LogFormatter, redactor: Redactor): SecureFormatter =>
  given instanceof SecureFormatter ? given : new SecureFormatter(given, redactor);

/** Members of a Lambda context that a Logger keeps. */
const CONTEXT = [
  "invokedFunctionArn",
  "awsRequestId",
  "memoryLimitInMB",
  "functionName",
  "functionVersion",
  "tenantId",
];

/** What is read of a context, which may hold anything. */
export function plainContext(context: unknown, redactor: Redactor): Attributes {
  const plain: Attributes = {};
  for (const name of CONTEXT) plain[name] = redactor.redact(memberOf(context, name));
  return plain;
}

/** As `JSON.stringify` takes it. */
export type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/** A replacer of the application is asked after the redaction, and what it makes is redacted too. */
export function redactingReplacer(replacer: Replacer, redactor: Redactor): Replacer {
  return function secureReplacer(key, value) {
    let replaced: unknown;
    try {
      replaced = replacer.call(this, key, value);
    } catch {
      return value;
    }
    return replaced === value ? value : redactedMember(redactor, key, replaced);
  };
}
