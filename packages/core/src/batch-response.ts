/**
 * The answer to a batch, completed by the records that its handler never saw.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { type EventRecord, reportsFirstOnly } from "./event-records.ts";
import { invocationOf } from "./invocation.ts";
import { stateOf } from "./request-state.ts";

/** The records that were taken out of an event, by what is answered for them. */
export interface Exclusion {
  readonly reported: readonly EventRecord[];
  readonly dropped: readonly EventRecord[];
}

/** Remembers records for the answer. Of a shard, what is taken out later stood before what is out already. */
export function exclude(
  request: Request,
  answered: keyof Exclusion,
  records: readonly EventRecord[],
): void {
  const state = stateOf(request);
  if (state.exclusion === undefined) completeWhatIsSet(request);
  const known = state.exclusion ?? { reported: [], dropped: [] };
  state.exclusion = { ...known, [answered]: [...records, ...known[answered]] };
}

/**
 * When a hook of any middleware returns an answer, Middy runs no `after` that could complete it; and a
 * middleware further out, which never heard of the records, may answer in its own way once the suite has
 * completed the answer. Either is completed as it is set.
 */
function completeWhatIsSet(request: Request & { readonly earlyResponse?: unknown }): void {
  const state = stateOf(request);
  let { response } = request;
  let isCompleting = false;
  Object.defineProperty(request, "response", {
    enumerable: true,
    get: () => response,
    set(value: unknown) {
      response = value;
      const isEarly = "earlyResponse" in request && value === request.earlyResponse;
      // An array is on its way to an answer: the outcomes of the records, one by one.
      const isLate = state.isBatchCompleted === true && value != null && !Array.isArray(value);
      if (isCompleting || !(isEarly || isLate)) return;
      isCompleting = true;
      try {
        completeBatchResponse(request);
      } finally {
        isCompleting = false;
      }
    },
  });
}

/**
 * The same for an `onError`: adds the records to what somebody made of the failure. To an invocation
 * that fails there is nothing to add: all its records are delivered again. The response tells, and not
 * the error, since `null` can be thrown too.
 *
 * @throws what {@link completeBatchResponse} throws.
 */
export function completeFailureResponse(request: Request): void {
  if (request.response !== undefined) completeBatchResponse(request);
  else stateOf(request).isBatchCompleted = true;
}

/**
 * Adds the records that `rejectRecords` took out to what the handler answered, in place of what that
 * says of them; for an `after`.
 *
 * @throws TypeError when what the handler answered is no list of failures: to Lambda that is the
 *   failure of the whole batch, which a list of ours must not turn into that of a few records.
 */
export function completeBatchResponse(request: Request): void {
  const state = stateOf(request);
  const { exclusion } = state;
  const { response } = request;
  if (exclusion === undefined) return;
  state.isBatchCompleted = true;
  const isFirehose = invocationOf(request).eventSource === "firehose";
  const [listName, idName] = isFirehose
    ? ["records", "recordId"]
    : ["batchItemFailures", "itemIdentifier"];
  const entries = isFirehose ? firehoseResults(exclusion) : failuresOf(request, exclusion);
  if (entries.length === 0) return;

  const given = fieldsOf(response);
  const list = given[listName] ?? [];
  if (!Array.isArray(list)) {
    throw new TypeError(
      `@middy-hardening/core: the "${listName}" of a batch response must be an array.`,
    );
  }
  const keyOf = (entry: unknown): string => JSON.stringify(Object(entry)[idName]);
  const own = new Set(entries.map(keyOf));
  const others = list.filter((entry) => !own.has(keyOf(entry)));
  request.response = { ...given, [listName]: [...others, ...entries] };
}

/** An answer as the runtime writes it. Where it is no object, the handler had nothing to report. */
function fieldsOf(response: unknown): Readonly<Record<string, unknown>> {
  const { toJSON } = Object(response ?? {}) as { readonly toJSON?: unknown };
  const answer: unknown = typeof toJSON === "function" ? toJSON.call(response, "") : response;
  return typeof answer === "object" && !Array.isArray(answer) ? { ...answer } : {};
}

function failuresOf(request: Request, { reported }: Exclusion): readonly object[] {
  const isFirstOnly = reportsFirstOnly(invocationOf(request).eventSource);
  const told = isFirstOnly ? reported.slice(0, 1) : reported;
  return told.map(({ itemIdentifier }) => ({ itemIdentifier }));
}

/** Each record of Firehose has an answer of its own ("Transform source data in Amazon Data Firehose"). */
function firehoseResults({ reported, dropped }: Exclusion): readonly object[] {
  const failed = reported.map(({ fields: { recordId, data } }) => ({
    recordId,
    result: "ProcessingFailed",
    data,
  }));
  return [
    ...failed,
    ...dropped.map(({ fields: { recordId } }) => ({ recordId, result: "Dropped" })),
  ];
}
