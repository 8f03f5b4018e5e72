/**
 * The names of a Logger's own fields, and of what tells the lines of this package, which no attribute
 * may take.
 *
 * @module
 */
import type { LogFormatter } from "@aws-lambda-powertools/logger";
import type { UnformattedAttributes } from "@aws-lambda-powertools/logger/types";

/** Powertools' own, whichever formatter prints, and those of this package: log queries look for these names. */
const KNOWN_NAMES = [
  // What a line of `securityLogger` is. A record of the application may have the same message and
  // fields, this one it may not: by it, a reader can tell an event from the imitation of one.
  "security_log",
  "level",
  "message",
  "timestamp",
  "service",
  "cold_start",
  "function_arn",
  "function_memory_size",
  "function_name",
  "function_request_id",
  "sampling_rate",
  "xray_trace_id",
  "tenant_id",
  "logger_failure",
];

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"] as const;

/** CloudWatch reads metrics from any line that has it at its root (embedded metric format). */
const METRICS = "_aws";

/** The part of a name that counts: stores behind a log may not tell case and punctuation apart. */
const spellingOf = (name: string): string => name.toLowerCase().replace(/[^a-z\d]/g, "");

/** Tells whether a name, in any spelling, is that of a field which a formatter prints of itself. */
export function reservedBy(formatter: LogFormatter): (name: string) => boolean {
  const spellings = new Set([...KNOWN_NAMES, ...namesPrintedBy(formatter)].map(spellingOf));
  // Nothing but punctuation.
  spellings.delete("");
  return (name) => name === METRICS || spellings.has(spellingOf(name));
}

/** Learnt from records that have every field and no attribute, one of each level. */
function namesPrintedBy(formatter: LogFormatter): string[] {
  try {
    return LEVELS.flatMap((logLevel) =>
      Object.keys(formatter.formatAttributes(sample(logLevel), {}).getAttributes()),
    );
  } catch {
    return []; // It fails at each record too, which is then laid out without it.
  }
}

const sample = (logLevel: (typeof LEVELS)[number]): UnformattedAttributes => ({
  logLevel,
  message: "-",
  timestamp: new Date(0),
  serviceName: "-",
  environment: "-",
  awsRegion: "-",
  sampleRateValue: 0,
  xRayTraceId: "-",
  lambdaContext: {
    coldStart: false,
    functionName: "-",
    functionVersion: "-",
    memoryLimitInMB: "128",
    invokedFunctionArn: "-",
    awsRequestId: "-",
    tenantId: "-",
  },
});
