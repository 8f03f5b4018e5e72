/**
 * Bounds on what a record carries, in the form in which its source writes it.
 *
 * @module
 */
import { payloadPlaceOf, type RecordSource } from "@middy-hardening/core";
import { zlibDecompressor } from "./content-codings.ts";
import { type StructureFault, structureFault } from "./event-structure.ts";
import { exceededLimit, type StructureLimits } from "./json-structure.ts";
import { exceedsBytes, jsonText } from "./json-text.ts";
import type { Limits } from "./options.ts";

/** What is wrong with a payload. */
export type PayloadFault = StructureFault | "maxBytes" | "malformedGzip";

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** The first fault of the payload of a record; `undefined` when it has none. */
export function payloadFault(
  payload: unknown,
  source: RecordSource,
  limits: Limits,
): PayloadFault | undefined {
  const { encoding } = payloadPlaceOf(source);
  if (encoding === "value") {
    return structureFault(payload, source === "dynamodb" ? typed(limits) : limits);
  }
  // A record that was sent by hand may carry anything there, or nothing.
  if (typeof payload !== "string") return undefined;
  if (encoding === "gzip-base64") return logsFault(payload, limits);
  const isBase64 = encoding === "base64";
  if (exceedsBytes(payload, isBase64, limits.maxBytes)) return "maxBytes";
  const text = jsonText(payload, isBase64)?.trimStart();
  if (text === undefined) return undefined;
  return mayBeEnvelope(text) ? envelopeFault(text, limits) : exceededLimit(text, limits);
}

/** DynamoDB writes its type around each value, and an item may be there before and after its change. */
const typed = (limits: Limits): StructureLimits => ({
  ...limits,
  maxDepth: 2 * limits.maxDepth + 1,
  maxKeys: 4 * limits.maxKeys + 16,
});

/**
 * Whether a text can be what SNS puts around a message for SQS ("Amazon SNS message and JSON formats").
 * Whoever may send to the queue can write the same in another order, and with escapes.
 */
const mayBeEnvelope = (text: string): boolean =>
  text.includes('"Notification"') || text.includes("\\u00");

/** The message within is a string there, and JSON of its own to its reader. */
function envelopeFault(text: string, limits: Limits): PayloadFault | undefined {
  const fault = exceededLimit(text, { ...limits, maxStringLength: NO_LIMIT });
  if (fault !== undefined) return fault;
  const message = messageOf(text);
  const inner = jsonText(message ?? text, false)?.trimStart();
  return inner === undefined ? undefined : exceededLimit(inner, limits);
}

/** The message in an envelope; `undefined` when the text is none. */
function messageOf(text: string): string | undefined {
  try {
    const { Type, Message } = Object(JSON.parse(text)) as { Type?: unknown; Message?: unknown };
    return Type === "Notification" && typeof Message === "string" ? Message : undefined;
  } catch {
    return undefined; // Its reader can make nothing of it either.
  }
}

/** The most that JSON makes of a character: `\u0000`. */
const JSON_GROWTH = 6;

/**
 * CloudWatch Logs takes batches of 1 MiB ("PutLogEvents") and delivers them as JSON. Its log events
 * are many and have many keys, by its own form: of these the depth alone has a bound.
 */
function logsFault(data: string, limits: Limits): PayloadFault | undefined {
  const bytes = zlibDecompressor(JSON_GROWTH * limits.maxBytes).decode(
    Buffer.from(data, "base64"),
    ["gzip"],
  );
  if (bytes === "too_large") return "maxBytes";
  if (typeof bytes === "string") return "malformedGzip";
  return exceededLimit(bytes.toString().trimStart(), {
    maxDepth: limits.maxDepth,
    maxKeys: NO_LIMIT,
    maxArrayLength: NO_LIMIT,
    maxStringLength: NO_LIMIT,
  });
}
