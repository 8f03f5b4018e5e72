/**
 * Printing lines and counts through Powertools, whatever happens.
 *
 * @module
 */
import { type Logger, LogLevelThreshold } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import type { SecurityEvent } from "@middy-hardening/core";
import { reportError } from "./error-report.ts";
import { invocationFields, securityEventFields } from "./lines.ts";
import type { Outcome } from "./outcome.ts";
import type { WatchedInvocation } from "./watch.ts";

/** Where one `securityLogger` prints. Nothing of it throws. */
export interface SecurityLog {
  printEvent(event: SecurityEvent): void;
  printInvocation(invocation: WatchedInvocation, outcome: Outcome): void;
}

export interface SecurityLogOptions {
  readonly logger: Logger;
  readonly metrics: Metrics | false | undefined;
  readonly applicationId: string | undefined;
}

const LEVELS = { INFO: "info", WARN: "warn", CRITICAL: "critical" } as const;
const OUTCOME_LEVELS = { served: "info", refused: "warn", failed: "error" } as const;
const THRESHOLDS = {
  info: LogLevelThreshold.INFO,
  warn: LogLevelThreshold.WARN,
  error: LogLevelThreshold.ERROR,
} as const;

export function createSecurityLog(options: SecurityLogOptions): SecurityLog {
  const { logger, metrics, applicationId } = options;
  const lines = early(() => isolatedChild(logger));
  const counter = early(() => singleMetrics(metrics));
  let isWarned = false;

  function guarded(print: () => void): void {
    try {
      print();
    } catch (error) {
      if (isWarned) return;
      isWarned = true;
      const { type, message } = reportError(error);
      warn(`A line or count could not be printed (told once): ${type}: ${message}`);
    }
  }

  return {
    printEvent(event) {
      guarded(() => {
        // A level is set against noise; a security event is none. Only SILENT means to have nothing.
        if (logger.level >= LogLevelThreshold.SILENT) return;
        const fields = securityEventFields(event, applicationId);
        lines()[LEVELS[event.severity]]("Security event", fields);
      });
      guarded(() => {
        // Stored and printed in one go: nothing of another invocation, or of the application, is near.
        if (metrics !== false) counter().addMetric(event.name, "Count", 1);
      });
    },
    printInvocation(invocation, outcome) {
      guarded(() => {
        const level = OUTCOME_LEVELS[outcome.kind];
        if (logger.level > THRESHOLDS[level]) return;
        lines()[level]("Invocation", invocationFields(invocation, outcome, applicationId));
      });
    },
  };
}

/**
 * A child of the application's Logger, on which nobody sets state: not the context and keys of the
 * invocation that came last, not a level, and no buffer that a line could be lost in.
 */
function isolatedChild(logger: Logger): Logger {
  const child = logger.createChild({
    logLevel: "INFO",
    sampleRateValue: 0,
    logBufferOptions: { enabled: false },
  });
  child.resetKeys();
  if (child.level > LogLevelThreshold.WARN) {
    // Lambda itself drops such lines after they were printed: "Configuring advanced logging controls".
    warn("AWS_LAMBDA_LOG_LEVEL hides security events of level INFO and WARN.");
  }
  return child;
}

/** A Metrics that prints each count at once and shares no store with that of the application. */
function singleMetrics(metrics: Metrics | false | undefined): Metrics {
  if (metrics) return metrics.singleMetric();
  const namespace = process.env.POWERTOOLS_METRICS_NAMESPACE || "middy-hardening";
  return new Metrics({ namespace, singleMetric: true });
}

/**
 * What `make` makes, during the init phase if that works and otherwise when it is first needed: on
 * Lambda Managed Instances, Powertools 2.35 can make neither a child nor a Metrics outside of an
 * invocation.
 */
function early<T>(make: () => T): () => T {
  let made: T | undefined;
  const get = (): T => (made ??= make());
  try {
    get();
  } catch {
    // Again at first use, where a failure is told.
  }
  return get;
}

function warn(message: string): void {
  process.emitWarning(`@middy-hardening/security-logger: ${message}`, "SecurityLoggerWarning");
}
