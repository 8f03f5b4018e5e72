/**
 * Securing a Powertools Logger in place.
 *
 * In place, because its state is private to the object: a wrapper would be a second Logger with levels,
 * keys and buffers of its own, and modules that hold the first one would go on unprotected.
 *
 * @module
 */
import type { LogFormatter, Logger } from "@aws-lambda-powertools/logger";
import type { ConstructorOptions } from "@aws-lambda-powertools/logger/types";
import { printFailure } from "./failure-line.ts";
import { withinInvocation } from "./invoke-store.ts";
import { attributesOf, recordOf } from "./logged-record.ts";
import {
  plainContext,
  type Replacer,
  redactingReplacer,
  secureFormatter,
  secureOptions,
} from "./logger-inputs.ts";
import { memberOf } from "./member-of.ts";
import type { Redactor } from "./redact/redactor.ts";
import { RECORD, SecureFormatter } from "./secure-formatter.ts";

/** What is called of a Logger: its public methods, and those that Powertools has for subclasses. */
interface Internals {
  logFormatter: LogFormatter;
  readonly console: Console;
  readonly powertoolsLogData: { readonly serviceName?: string };
  createLogger(options: ConstructorOptions): Logger;
  createChild(options?: ConstructorOptions): Logger;
  addContext(context: unknown): void;
  processLogItem(level: number, input: unknown, extraInput: readonly unknown[]): void;
  createAndPopulateLogItem(level: number, input: unknown, extraInput: readonly unknown[]): unknown;
  getJsonReplacer(): Replacer;
}

const NEEDED: readonly (keyof Internals)[] = [
  "createLogger",
  "createChild",
  "addContext",
  "processLogItem",
  "createAndPopulateLogItem",
  "getJsonReplacer",
];

/** Public methods that take attributes: these are made plain and redacted before Powertools merges them. */
const TAKING_ATTRIBUTES = [
  "appendKeys",
  "appendPersistentKeys",
  "addPersistentLogAttributes",
  "setPersistentLogAttributes",
];

/** Further public methods that could throw. */
const OTHERS = [
  "setCorrelationId",
  "getCorrelationId",
  "setLogLevel",
  "refreshSampleRateCalculation",
  "removeKeys",
  "removePersistentKeys",
  "removePersistentLogAttributes",
  "resetKeys",
  "flushBuffer",
  "clearBuffer",
];

/** What these set is of one invocation: outside of one it would be lost, so that they fail aloud. */
const OF_INVOCATION = new Set(["addContext", "appendKeys", "setCorrelationId", "setLogLevel"]);

/** On a secured Logger, whichever copy of this package secured it: gives it another redactor. */
const SECURED = Symbol.for("middy-hardening.secure-logger");

/** By what it has, not by its class: two copies of Powertools in one bundle have two classes. */
export const isSecurable = (value: unknown): value is Logger =>
  NEEDED.every((name) => typeof memberOf(value, name) === "function") &&
  (Object.isExtensible(value) || typeof memberOf(value, SECURED) === "function");

/**
 * Secures a Logger, and each child that it will have. One that is secured already keeps its redactor,
 * unless another one is given.
 */
export function secure(logger: Logger, redactor: Redactor, isRedactorGiven: boolean): void {
  const useRedactor = memberOf(logger, SECURED);
  if (typeof useRedactor !== "function") replaceMethods(logger, redactor);
  else if (isRedactorGiven) useRedactor(redactor);
}

type Method = (...args: unknown[]) => unknown;

const methodOf = (logger: Logger, name: string): Method =>
  ((logger as unknown as Record<string, Method>)[name] as Method).bind(logger);

const define = (logger: Logger, name: string | symbol, value: unknown): void => {
  Object.defineProperty(logger, name, { value, writable: true, configurable: true });
};

function replaceMethods(logger: Logger, firstRedactor: Redactor): void {
  let redactor = firstRedactor;
  const internals = logger as unknown as Internals;
  let formatter = secureFormatter(internals.logFormatter, redactor);
  const original = Object.fromEntries(
    NEEDED.map((name) => [name, methodOf(logger, name)]),
  ) as unknown as Internals;

  /** When it fails, a line says so in place of the error. */
  function guarded<Result>(name: string, work: () => Result): Result | undefined {
    try {
      return OF_INVOCATION.has(name) ? work() : withinInvocation(work);
    } catch (error) {
      const message =
        name === "processLogItem"
          ? "A log record could not be printed."
          : `Logger.${name} failed: what it was given has no effect.`;
      printFailure(internals, message, error);
      return undefined;
    }
  }

  const methods: Partial<Internals> = {
    processLogItem(level, input, extraInput) {
      guarded("processLogItem", () => original.processLogItem(level, input, extraInput));
    },
    createAndPopulateLogItem(level, input, extraInput) {
      const record = recordOf(redactor, input, extraInput);
      return original.createAndPopulateLogItem(level, "", [{ [RECORD]: record }]);
    },
    getJsonReplacer() {
      return redactingReplacer(original.getJsonReplacer(), redactor);
    },
    createChild(options = {}) {
      const make = () => original.createChild(secureOptions(options, redactor));
      return guarded("createChild", make) ?? logger;
    },
    // Every child comes from here, also those of a subclass.
    createLogger(options) {
      const child = original.createLogger(options);
      secure(child, redactor, true);
      return child;
    },
    addContext(context) {
      guarded("addContext", () => original.addContext(plainContext(context, redactor)));
    },
  };
  for (const [name, method] of Object.entries(methods)) define(logger, name, method);
  for (const name of TAKING_ATTRIBUTES) {
    const append = methodOf(logger, name);
    define(logger, name, (attributes: unknown) => {
      guarded(name, () => append(attributesOf(redactor, attributes)));
    });
  }
  for (const name of OTHERS) {
    const method = methodOf(logger, name);
    define(logger, name, (...args: unknown[]) => guarded(name, () => method(...args)));
  }

  // Whatever sets a formatter from now on sets the one within the secure one.
  Object.defineProperty(logger, "logFormatter", {
    get: () => formatter,
    set: (given: LogFormatter) => {
      formatter = secureFormatter(given, redactor);
    },
  });
  define(logger, SECURED, (given: Redactor) => {
    redactor = given;
    formatter = new SecureFormatter(formatter.inner, redactor);
  });
}
