/**
 * Printing lines as a Powertools Logger does.
 *
 * @module
 */
import { Console } from "node:console";
import type { Logger } from "@aws-lambda-powertools/logger";
import { early } from "./early.ts";
import { currentStore } from "./invoke-store.ts";
import type { LineFields } from "./line-format.ts";
import { own } from "./logged-record.ts";

export type LineLevel = "info" | "warn" | "error" | "critical";

/** Prints one line. May throw. */
export type PrintLine = (level: LineLevel, message: string, at: Date, fields: LineFields) => void;

/**
 * Through a child of the application's Logger, on which nobody sets state: not the context and keys
 * of the invocation that came last, not a level, and no buffer that a line could be lost in.
 */
export function loggerPrinter(logger: Logger): PrintLine {
  const child = early(() => {
    const isolated = logger.createChild({
      logLevel: "INFO",
      sampleRateValue: 0,
      logBufferOptions: { enabled: false },
    });
    isolated.resetKeys();
    return isolated;
  });
  // A secure Logger would take the request id for an attribute that imitates its own.
  return (level, message, _at, fields) => child()[level](message, own(fields));
}

/**
 * What Powertools' own formatter prints for a Logger that nobody has configured but by the
 * environment, without its general path, which takes three times as long for the same line.
 */
export function plainPrinter(): PrintLine {
  const service = JSON.stringify(process.env.POWERTOOLS_SERVICE_NAME || "service_undefined");
  const write = lineWriter();
  return (level, message, at, fields) => {
    const trace = traceId();
    const shownTrace = trace ? `"xray_trace_id":${JSON.stringify(trace)},` : "";
    write(
      level,
      `{"level":"${level.toUpperCase()}","message":"${message}","timestamp":"${at.toISOString()}",` +
        `"service":${service},"sampling_rate":0,${shownTrace}${JSON.stringify(fields).slice(1)}`,
    );
  };
}

/** The fields of a line alone. */
export function barePrinter(): PrintLine {
  const write = lineWriter();
  return (level, _message, _at, fields) => write(level, JSON.stringify(fields));
}

/** Whether {@link plainPrinter} prints what Powertools would: not in its development mode, nor in another time zone. */
export const canPrintPlainly = ({ POWERTOOLS_DEV, TZ = "UTC" } = process.env): boolean =>
  !POWERTOOLS_DEV && TZ.includes("UTC");

/** Writes a line to the stream that Powertools takes for the level. */
function lineWriter(): (level: LineLevel, line: string) => void {
  // Of its own, as Powertools has it: the runtime puts a prefix to lines of the global console.
  const output = new Console({ stdout: process.stdout, stderr: process.stderr });
  return (level, line) => output[level === "critical" ? "error" : level](line);
}

/** The root of the trace, from the invocation's own store where the runtime has one. */
function traceId(): string | undefined {
  const header = currentStore()?.getXRayTraceId() ?? process.env._X_AMZN_TRACE_ID;
  if (!header?.includes("=")) return header;
  return /(?:^|;)Root=([^;]*)/.exec(header)?.[1];
}
