/**
 * What Powertools' environment variables say, read as Powertools 2.35 reads them.
 *
 * A function that gives no Logger and no Metrics gets the lines and records that Powertools would
 * print, without Powertools: its two packages are 36 KB of a bundle, and 8 to 9 ms of a cold start.
 *
 * @module
 */

/** The levels of a Powertools Logger, by its numbers. */
export const LEVELS = {
  TRACE: 6,
  DEBUG: 8,
  INFO: 12,
  WARN: 16,
  ERROR: 20,
  CRITICAL: 24,
  SILENT: 28,
} as const;

const variable = (name: string): string => process.env[name]?.trim() ?? "";

// Lists, as to compile a pattern takes longer than a cold start needs for all of this.
const ON = ["1", "y", "yes", "t", "true", "on"];

const isOn = (name: string): boolean => ON.includes(variable(name).toLowerCase());

const isLevel = (name: string): name is keyof typeof LEVELS => Object.hasOwn(LEVELS, name);

/** From which level on a Logger prints. */
export function levelOfLogger(): number {
  // Lambda's advanced logging controls, which drop what is below, win over all else.
  const ofLambda = variable("AWS_LAMBDA_LOG_LEVEL").replace("FATAL", "CRITICAL");
  if (isLevel(ofLambda)) return LEVELS[ofLambda];
  const own = variable("POWERTOOLS_LOG_LEVEL") || variable("LOG_LEVEL");
  const level = isLevel(own) ? LEVELS[own] : LEVELS.INFO;
  // A sampled environment prints all. What is above 1 is no rate.
  const rate = Number(variable("POWERTOOLS_LOGGER_SAMPLE_RATE"));
  return rate <= 1 && Math.random() < rate ? Math.min(LEVELS.DEBUG, level) : level;
}

/** Whether lines are spread for reading, and no metrics are printed. */
export const isDevelopment = (): boolean => isOn("POWERTOOLS_DEV");

export const serviceName = (): string => variable("POWERTOOLS_SERVICE_NAME") || "service_undefined";

export const metricsNamespace = (): string =>
  variable("POWERTOOLS_METRICS_NAMESPACE") || "middy-hardening";

export const isMetricsDisabled = (): boolean =>
  process.env.POWERTOOLS_METRICS_DISABLED === undefined
    ? isDevelopment()
    : isOn("POWERTOOLS_METRICS_DISABLED");

/** Timestamps in UTC, or in the zone of `TZ` with its offset. To read the variable takes as long as the rest. */
export function timestamps(): (at: Date) => string {
  const zone = variable("TZ");
  return zone === "" || zone.includes("UTC") ? (at) => at.toISOString() : zonedTimestamp;
}

function zonedTimestamp(at: Date): string {
  const offset = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, -1);
  const minutes = Math.abs(offset);
  const zone = [Math.floor(minutes / 60), minutes % 60].map((part) => `${part}`.padStart(2, "0"));
  return `${local}${offset < 0 ? "-" : "+"}${zone.join(":")}`;
}
