/**
 * A Powertools Logger that cannot be hurt by what it is given. An entry point of its own, since Powertools'
 * Logger takes 28 ms to load where a function is not bundled, and the middleware needs none.
 *
 * @module
 */
import { Logger } from "@aws-lambda-powertools/logger";
import type { ConstructorOptions } from "@aws-lambda-powertools/logger/types";
import { checkOptions, type OptionRule, record } from "@middy-hardening/core";
import { withinInvocation } from "./invoke-store.ts";
import { secureOptions } from "./logger-inputs.ts";
import { memberOf } from "./member-of.ts";
import { createRedactor, type Redactor } from "./redact/redactor.ts";
import { isSecurable, secure } from "./secure-in-place.ts";

/** What {@link createSecureLogger} secures, and what redacts. */
export interface SecureLoggerOptions {
  /**
   * A Powertools Logger of the application, which is secured in place, or the options to make one with.
   * Default: a Logger set up by Powertools' environment variables.
   */
  readonly logger?: Logger | ConstructorOptions | undefined;
  /** What redacts, made by `createRedactor`. Default: `createRedactor()`. */
  readonly redactor?: Redactor | undefined;
}

const isLogger = (value: unknown): value is Logger =>
  typeof memberOf(value, "createChild") === "function";

const rules: { readonly [Name in keyof Required<SecureLoggerOptions>]: OptionRule } = {
  logger: {
    expected: "a Powertools Logger (2.35 or later) that is not frozen, or options for one",
    accepts: (value) => (isLogger(value) ? isSecurable(value) : record.accepts(value)),
  },
  redactor: {
    expected: "what createRedactor gives",
    accepts: (value) =>
      typeof memberOf(value, "redact") === "function" &&
      typeof memberOf(value, "text") === "function",
  },
};

/**
 * A Powertools Logger whose output is redacted, whose own fields no attribute can take, and which never
 * throws, whatever it is given. The same holds for its children.
 *
 * ```ts
 * import { createSecureLogger } from "@middy-hardening/security-logger/secure-logger";
 *
 * export const logger = createSecureLogger({ logger: { serviceName: "orders" } });
 *
 * logger.error("Payment failed", error);
 * ```
 *
 * @throws TypeError when an option is unknown or of the wrong kind.
 */
export function createSecureLogger(options: SecureLoggerOptions = {}): Logger {
  const { logger: given, redactor } = checkOptions(
    "@middy-hardening/security-logger: createSecureLogger",
    options,
    rules,
  );
  const used = redactor ?? createRedactor();
  const logger = isLogger(given)
    ? given
    : withinInvocation(() => new Logger(secureOptions(given ?? {}, used)));
  secure(logger, used, redactor !== undefined);
  return logger;
}
