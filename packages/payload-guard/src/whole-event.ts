/**
 * Bounds on an event that carries no records: on its own structure, and on each entry of the lists
 * that AWS puts together in one.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { type EventSource, invocationOf } from "@middy-hardening/core";
import { structureFault } from "./event-structure.ts";
import type { Limits } from "./options.ts";
import { rejectEvent, rejectExcess } from "./reject.ts";

/**
 * @param entryLimits bound each entry, whose form is not the application's choice.
 * @throws PublicError 400 or 413.
 */
export function checkEvent(request: Request, limits: Limits, entryLimits: Limits): void {
  const { event } = request;
  const entries = entriesOf(event, invocationOf(request).eventSource);
  if (entries.length > limits.maxRecords) rejectExcess(request, limits, "maxRecords");
  const aside = entries.length > 0 ? new Set(entries) : undefined;
  const fault = structureFault(event, limits, aside);
  if (fault !== undefined) rejectEvent(request, limits, fault);
  for (const entry of entries) {
    const fault = structureFault(entry, entryLimits);
    if (fault !== undefined) rejectEvent(request, entryLimits, fault);
  }
}

/** Where the event source mappings whose events are no records here have their messages or documents. */
interface MappedFields {
  readonly eventSource?: unknown;
  readonly messages?: unknown;
  readonly rmqMessagesByQueue?: unknown;
  readonly events?: unknown;
}

const NONE: readonly unknown[] = [];

/**
 * The requests of an AppSync batch, messages of Amazon MQ or changes of DocumentDB: there may be
 * thousands, so together they have no bound of their own.
 */
function entriesOf(event: unknown, source: EventSource): readonly unknown[] {
  if (source === "appsync") return listIn(event);
  if (source !== "direct") return NONE;
  const { eventSource, messages, rmqMessagesByQueue, events } = Object(event) as MappedFields;
  switch (eventSource) {
    case "aws:mq":
      return listIn(messages);
    case "aws:rmq":
      return Object.values(Object(rmqMessagesByQueue)).flatMap(listIn);
    case "aws:docdb":
      return listIn(events);
    default:
      return NONE;
  }
}

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : NONE);
