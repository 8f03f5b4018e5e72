/**
 * The types of batches: of their records, and of what is answered.
 *
 * @module
 */

/** The record of an event: of `Records`, of the topics of Kafka, or the event itself. */
export type BatchRecord<Event> = Event extends { readonly Records: readonly (infer Item)[] }
  ? Item
  : Event extends { readonly records: Readonly<Record<string, readonly (infer Item)[]>> }
    ? Item
    : Event;

/** What a partial batch response calls a record. */
type ItemIdentifier<Event> = Event extends {
  readonly records: Readonly<Record<string, readonly unknown[]>>;
}
  ? { partition: string; offset: number }
  : string;

/** A partial batch response: the records that are to be delivered again. */
export interface BatchResponse<Event = unknown> {
  batchItemFailures: { itemIdentifier: ItemIdentifier<Event> }[];
}

/** What is read of the Lambda context. */
export interface BatchContext {
  /** Milliseconds until Lambda ends the invocation. */
  readonly getRemainingTimeInMillis?: (() => number) | undefined;
}
