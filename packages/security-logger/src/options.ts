/**
 * What {@link securityLogger} may be told, and the check of it.
 *
 * @module
 */
import type { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import { callback, either, type OptionRule, oneOf, record, text } from "@middy-hardening/core";
import type { FloodControlOptions } from "./flood-control.ts";
import type { PrincipalOf } from "./invocation-record.ts";
import type { LogFormat } from "./line-format.ts";
import type { Redactor } from "./redact/redactor.ts";
import { isSourceIpForm, type SourceIpForm } from "./source-ip.ts";

/** What {@link securityLogger} logs, how, and through what. */
export interface SecurityLoggerOptions {
  /**
   * A Powertools Logger whose service name, persistent attributes, formatter and level the lines take over.
   * Default: none: lines are those of a Logger set up by Powertools' environment variables.
   */
  readonly logger?: Logger | undefined;
  /**
   * A Powertools Metrics whose namespace and default dimensions the counts take over; `false`
   * counts nothing. Default: none: records are those of a Metrics with the namespace `middy-hardening`
   * where `POWERTOOLS_METRICS_NAMESPACE` is not set.
   */
  readonly metrics?: Metrics | false | undefined;
  /**
   * The form of the lines: `owasp`, flat JSON with the names of the OWASP Logging Vocabulary beside
   * Powertools' own, or `ocsf` of this package, events of the Open Cybersecurity Schema Framework.
   * Default: `owasp`.
   */
  readonly format?: "owasp" | LogFormat | undefined;
  /** The vocabulary's `appid`. Default: the function's name. */
  readonly applicationId?: string | undefined;
  /**
   * Whether each invocation gets a line with its outcome; `unserved` leaves out those that were
   * served. Default: `true`.
   */
  readonly invocations?: boolean | "unserved" | undefined;
  /**
   * Names the principal of an invocation, when it has come to its end. Default: the subject that
   * API Gateway, AppSync, Cognito, VPC Lattice or IAM has verified.
   */
  readonly principal?: PrincipalOf | undefined;
  /**
   * The address of the caller: as it is (`full`), its network (`truncated`), nothing (`none`), or
   * with `{ hashKey }` a keyed hash. Default: `full`.
   */
  readonly sourceIp?: SourceIpForm | undefined;
  /** What redacts, made by `createRedactor`. Default: `createRedactor()`. */
  readonly redactor?: Redactor | undefined;
  /**
   * How many lines of one kind an environment prints; `false` prints all. Default: a burst of 100 in
   * each minute, then every hundredth.
   */
  readonly flood?: FloodControlOptions | false | undefined;
}

/** By what it can do, not by its class: two copies of Powertools in one bundle have two classes. */
const having = (method: string, expected: string): OptionRule => ({
  expected,
  accepts: (value) =>
    typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === "function",
});

const isLogFormat = having("make", "");
const metricsRule = having("singleMetric", "a Powertools Metrics, or false");

export const rules: { readonly [Name in keyof Required<SecurityLoggerOptions>]: OptionRule } = {
  logger: having("createChild", "a Powertools Logger"),
  metrics: {
    expected: metricsRule.expected,
    accepts: (value) => value === false || metricsRule.accepts(value),
  },
  format: {
    expected: '"owasp" or ocsf, which this package exports',
    accepts: (value) => value === "owasp" || isLogFormat.accepts(value),
  },
  applicationId: text,
  invocations: oneOf(true, false, "unserved"),
  principal: callback,
  sourceIp: {
    expected:
      '"full", "truncated", "none" or { hashKey } with a key of at least 32 bytes or a Secret',
    accepts: isSourceIpForm,
  },
  redactor: having("text", "what createRedactor gives"),
  flood: either(record, oneOf(false)),
};
