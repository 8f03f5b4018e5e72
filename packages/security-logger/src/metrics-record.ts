/**
 * Records of CloudWatch's embedded metric format, as Powertools Metrics prints them.
 *
 * @module
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import type { Metrics } from "@aws-lambda-powertools/metrics";
import { metricsNamespace, serviceName } from "./powertools-settings.ts";

/** What all records of a Metrics have. */
export interface RecordHead {
  readonly namespace: string;
  /** The default dimensions, the service among them. */
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Count {
  amount: number;
  readonly unit: "Bytes" | "Count" | "Seconds";
}

/** Of the application's Metrics its namespace and default dimensions, and nothing else. May throw. */
export function headOf(metrics: Metrics | undefined): RecordHead {
  if (metrics === undefined) {
    return { namespace: metricsNamespace(), dimensions: { service: serviceName() } };
  }
  const { _aws, ...dimensions } = metrics.singleMetric().serializeMetrics();
  const namespace = _aws.CloudWatchMetrics[0]?.Namespace as string;
  return { namespace, dimensions: dimensions as Record<string, string> };
}

/** One record; at most 100 counts, none with the name of a dimension. */
export function metricsRecord(
  { namespace, dimensions }: RecordHead,
  counts: ReadonlyMap<string, Count>,
): string {
  return JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: Array.from(counts, ([Name, { unit }]) => ({ Name, Unit: unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(Array.from(counts, ([name, { amount }]) => [name, amount])),
  });
}
