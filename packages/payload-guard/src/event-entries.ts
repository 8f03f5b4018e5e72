/**
 * Lists that AWS delivers in one event and that are no records: each entry is bounded by itself, as
 * there may be thousands.
 *
 * @module
 */
import type { EventSource } from "@middy-hardening/core";

/** Where the event source mappings whose events are no records here have their messages or documents. */
interface MappedFields {
  readonly eventSource?: unknown;
  readonly messages?: unknown;
  readonly rmqMessagesByQueue?: unknown;
  readonly events?: unknown;
}

const NONE: readonly unknown[] = [];

/** The entries of an event: requests of an AppSync batch, messages of Amazon MQ, changes of DocumentDB. */
export function entriesOf(event: unknown, source: EventSource): readonly unknown[] {
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
