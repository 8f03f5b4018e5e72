/**
 * Printing lines as a Powertools Logger does.
 *
 * @module
 */
import type { Logger } from "@aws-lambda-powertools/logger";
import { early } from "./early.ts";
import { currentStore } from "./invoke-store.ts";
import type { LineFields } from "./line-format.ts";
import { own } from "./own-fields.ts";
import { isDevelopment, serviceName, timestamps } from "./powertools-settings.ts";
import { type LineLevel, writeLine } from "./standard-output.ts";

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

/** What Powertools' own formatter prints for a Logger that nobody has configured but by the environment. */
export function plainPrinter(): PrintLine {
  const service = JSON.stringify(serviceName());
  const isSpread = isDevelopment();
  const timestampOf = timestamps();
  return (level, message, at, fields) => {
    const trace = traceId();
    const shownTrace = trace ? `"xray_trace_id":${JSON.stringify(trace)},` : "";
    const line =
      `{"level":"${level.toUpperCase()}","message":"${message}","timestamp":"${timestampOf(at)}",` +
      `"service":${service},"sampling_rate":0,${shownTrace}${JSON.stringify(fields).slice(1)}`;
    writeLine(level, isSpread ? JSON.stringify(JSON.parse(line), undefined, 4) : line);
  };
}

/** The fields of a line alone. */
export const barePrinter: PrintLine = (level, _message, _at, fields) =>
  writeLine(level, JSON.stringify(fields));

/** The root of the trace, from the invocation's own store where the runtime has one. */
function traceId(): string | undefined {
  const header = currentStore()?.getXRayTraceId() ?? process.env._X_AMZN_TRACE_ID;
  if (!header?.includes("=")) return header;
  return /(?:^|;)Root=([^;]*)/.exec(header)?.[1];
}
