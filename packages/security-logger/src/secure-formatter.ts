/**
 * The formatter of a secure Logger: it redacts, and keeps the Logger's own fields its own.
 *
 * @module
 */
import { LogFormatter, Logger, LogItem } from "@aws-lambda-powertools/logger";
import type { LogAttributes, UnformattedAttributes } from "@aws-lambda-powertools/logger/types";
import { failureName } from "./failure-line.ts";
import { type Attributes, attributesOf, LoggedRecord, put } from "./logged-record.ts";
import type { Redactor } from "./redact/redactor.ts";
import { reservedBy } from "./reserved-names.ts";

/** Under which name the Logger hands a {@link LoggedRecord} to the formatter. */
export const RECORD = "\0record";

/** Where attributes go that have the name of one of the Logger's own fields. */
const MOVED = "attributes";

const MAX_SHOWN_FIELDS = 1000;

/** An item whose formatter has already decided about empty members. */
class ReadyItem extends LogItem {
  override prepareForPrint(): void {}
}

/**
 * Lays a record out as the formatter within does: Powertools' own, or one of the application, whose
 * output is redacted too.
 */
export class SecureFormatter extends LogFormatter {
  /** What lays a record out. */
  readonly inner: LogFormatter;
  readonly #isPowertools: boolean;
  readonly #redactor: Redactor;
  readonly #isReserved: (name: string) => boolean;
  readonly #shownFields = new Map<string, string>();

  constructor(inner: LogFormatter, redactor: Redactor) {
    super();
    this.inner = inner;
    this.#isPowertools = Object.getPrototypeOf(Object(inner)) === powertoolsPrototype();
    this.#redactor = redactor;
    this.#isReserved = reservedBy(inner);
  }

  /** For errors that a replacer of the application makes. */
  override formatError(error: Error): LogAttributes {
    return this.inner.formatError(error);
  }

  override formatAttributes(base: UnformattedAttributes, additional: LogAttributes): LogItem {
    const { [RECORD]: record, ...kept } = additional;
    const attributes = attributesOf(this.#redactor, kept);
    const fields = this.#safe(base) as UnformattedAttributes;
    if (!(record instanceof LoggedRecord)) return this.#layOut(fields, this.#separate(attributes));
    fields.message = record.message as string;
    return this.#layOut(fields, this.#separate(attributes, record));
  }

  /** The Logger's own fields: a tenant id comes from outside, and a context may hold anything. */
  #safe(fields: Attributes): Attributes {
    const safe: Attributes = {};
    for (const name of Object.keys(fields)) {
      const value = fields[name];
      if (typeof value === "string") safe[name] = this.#shown(value);
      else if (name === "lambdaContext") safe[name] = this.#safe(Object(value) as Attributes);
      else safe[name] = value instanceof Date ? value : this.#redactor.redact(value);
    }
    return safe;
  }

  /** Redacted once for all lines of an invocation or an environment, which have the same fields. */
  #shown(field: string): string {
    const known = this.#shownFields.get(field);
    if (known !== undefined) return known;
    if (this.#shownFields.size === MAX_SHOWN_FIELDS) this.#shownFields.clear();
    const shown = this.#redactor.text(field);
    this.#shownFields.set(field, shown);
    return shown;
  }

  /**
   * The attributes of the Logger and of a call as one, those apart that would stand in the place of the
   * Logger's own fields, or give the line another correlation id than the Logger has.
   */
  #separate(kept: Attributes, record?: LoggedRecord): Attributes {
    const free: Attributes = {};
    const moved: Attributes = {};
    for (const name of Object.keys(kept)) {
      put(this.#isReserved(name) ? moved : free, name, kept[name]);
    }
    if (record !== undefined) {
      const { attributes, isOwn } = record;
      const isCorrelated = free.correlation_id !== undefined;
      for (const name of Object.keys(attributes)) {
        const isTaken = this.#isReserved(name) || (isCorrelated && name === "correlation_id");
        put(isTaken && !isOwn ? moved : free, name, attributes[name]);
      }
    }
    if (Object.keys(moved).length === 0) return free;
    if (Object.hasOwn(free, MOVED)) moved[MOVED] = free[MOVED];
    free[MOVED] = moved;
    return free;
  }

  #layOut(base: UnformattedAttributes, attributes: Attributes): LogItem {
    try {
      this.#locate(attributes.error);
      return this.#isPowertools
        ? this.#layOutPlainly(base, attributes)
        : this.#layOutElsewhere(base, attributes);
    } catch (error) {
      const failure = `The log formatter failed (${failureName(error)}).`;
      return new LogItem({
        attributes: { ...fieldsOf(base), logger_failure: failure, ...attributes },
      });
    }
  }

  /** As Powertools does it for each error. */
  #locate(error: unknown): void {
    const { stack, location } = Object(error) as Attributes;
    if (typeof stack !== "string" || location !== undefined) return;
    (error as Attributes).location = this.inner.getCodeLocation(stack);
  }

  /**
   * Powertools is only asked for the order of the names: it would merge the values once more, and
   * leave out members such as `constructor`.
   */
  #layOutPlainly(base: UnformattedAttributes, attributes: Attributes): LogItem {
    const names: Attributes = {};
    for (const name of Object.keys(attributes)) put(names, name, name);
    const printed = this.inner.formatAttributes(base, names).getAttributes();
    const ordered: Attributes = {};
    for (const name of Object.keys(printed)) {
      ordered[name] = Object.hasOwn(attributes, name) ? attributes[name] : printed[name];
    }
    for (const name of Object.keys(attributes)) {
      if (!Object.hasOwn(ordered, name)) put(ordered, name, attributes[name]);
    }
    return new LogItem({ attributes: ordered });
  }

  #layOutElsewhere(base: UnformattedAttributes, attributes: Attributes): LogItem {
    const item = this.inner.formatAttributes(base, attributes);
    item.prepareForPrint();
    return new ReadyItem({ attributes: attributesOf(this.#redactor, item.getAttributes()) });
  }
}

let prototype: object | undefined;

/** That of Powertools' own formatter, which it does not export. The Logger that has it prints nothing. */
function powertoolsPrototype(): object {
  if (prototype === undefined) {
    const { logFormatter } = new Logger({ logLevel: "SILENT", sampleRateValue: 0 }) as unknown as {
      readonly logFormatter: LogFormatter;
    };
    prototype = Object.getPrototypeOf(logFormatter) as object;
  }
  return prototype;
}

/** For a record whose formatter failed, by Powertools' names. */
function fieldsOf({ lambdaContext, ...base }: UnformattedAttributes): Attributes {
  return {
    level: base.logLevel,
    message: base.message,
    timestamp: base.timestamp.toISOString(),
    service: base.serviceName,
    function_name: lambdaContext?.functionName,
    function_request_id: lambdaContext?.awsRequestId,
    xray_trace_id: base.xRayTraceId,
    tenant_id: lambdaContext?.tenantId,
  };
}
