/**
 * What came in with an invocation, noted before other middlewares change the event.
 *
 * @module
 */
import { base64ByteLength, type EventSource } from "@middy-hardening/core";

export interface Arrival {
  readonly event: unknown;
  /** The body as it was sent, of HTTP events. */
  readonly body: unknown;
  /** How many records or requests a batch has; `undefined` for an event that is no batch. */
  readonly recordCount: number | undefined;
}

interface EventFields {
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
  readonly Records?: unknown;
  readonly records?: unknown;
}

/** Reads lengths alone. */
export function noteArrival(event: unknown, source: EventSource): Arrival {
  const { body, Records, records } = Object(event) as EventFields;
  const recordCount = countRecords(source, event, Records ?? records);
  return { event, body, recordCount };
}

function countRecords(source: EventSource, event: unknown, records: unknown): number | undefined {
  if (source === "appsync") return Array.isArray(event) ? event.length : undefined;
  if (source === "direct") return undefined;
  if (Array.isArray(records)) return records.length;
  if (source !== "kafka") return undefined;
  const partitions = Object.values(Object(records) as Readonly<Record<string, unknown>>);
  return partitions.reduce<number>(
    (count, partition) => count + (Array.isArray(partition) ? partition.length : 0),
    0,
  );
}

/** The bytes of a body as HTTP carries it; `undefined` when it is no text, such as a stream. */
export function bodyBytes(body: unknown, isBase64Encoded: unknown): number | undefined {
  if (body === undefined || body === null) return 0;
  if (typeof body !== "string") return undefined;
  return isBase64Encoded === true ? base64ByteLength(body) : Buffer.byteLength(body);
}

/** The bytes that came in. */
export const bytesIn = ({ event, body }: Arrival): number | undefined =>
  bodyBytes(body, (event as EventFields).isBase64Encoded);
