/**
 * Bounds on the records of a batch: how many, and of each its bytes and its structure. A record
 * beyond them is taken out of the event, so that it does not fail the others for ever.
 *
 * @module
 */
import type { Request } from "@middy/core";
import {
  defaultDisposition,
  type EventRecord,
  expectStill,
  payloadPlaceOf,
  type RecordDisposition,
  type RecordSource,
  type RejectedRecord,
  recordsOf,
  rejectRecords,
} from "@middy-hardening/core";
import { structureFault } from "./event-structure.ts";
import { LIMITS, type Limits } from "./options.ts";
import { type PayloadFault, payloadFault } from "./record-payload.ts";
import { FORBIDDEN_NAME, paramOf, reject, rejectEvent, rejectExcess, SOURCE } from "./reject.ts";

/** What a record may be, and what becomes of one that is not. */
export interface RecordRules {
  readonly limits: Limits;
  /** Bounds on what is around the payload. */
  readonly envelope: Limits;
  /** That of its source when it is `undefined`. */
  readonly disposition: RecordDisposition | undefined;
}

/**
 * Checks an event of records and takes those out that exceed a limit.
 *
 * @returns the response when no record is left, for `before` to return.
 * @throws PublicError 400, 413 or 422.
 */
export function checkRecords(
  request: Request,
  source: RecordSource,
  { limits, envelope, disposition = defaultDisposition(source) }: RecordRules,
): unknown {
  const records = readRecords(request, source);
  if (records.length > limits.maxRecords) rejectExcess(request, limits, "maxRecords");
  const own = new Set<object>(records.map(({ fields }) => fields));
  const fault = structureFault(request.event, envelope, own);
  if (fault !== undefined) rejectEvent(request, envelope, fault);

  const rejected: RejectedRecord[] = [];
  for (const record of records) {
    const fault = recordFault(record, source, limits, envelope);
    if (fault !== undefined) rejected.push({ record, ...describe(fault) });
  }
  return rejectRecords(request, records, rejected, disposition, SOURCE);
}

/** @throws Error when there are none, since another middleware has put something else in their place. */
function readRecords(request: Request, source: RecordSource): readonly EventRecord[] {
  let records: readonly EventRecord[] = [];
  try {
    records = recordsOf(request.event as object, source);
  } catch {
    expectStill(source, request.event, SOURCE);
    const detail = "The records are not all of one source.";
    return reject(request, 400, "invalid_records", detail, ["records", "type"]);
  }
  if (records.length === 0) expectStill(source, request.event, SOURCE);
  return records;
}

function recordFault(
  { fields }: EventRecord,
  source: RecordSource,
  limits: Limits,
  envelope: Limits,
): PayloadFault | undefined {
  const { path, encoding } = payloadPlaceOf(source);
  const payload = path.reduce<unknown>(
    (value, name) => (value as Readonly<Record<string, unknown>> | null | undefined)?.[name],
    fields,
  );
  const aside = encoding === "value" ? new Set([payload]) : undefined;
  return structureFault(fields, envelope, aside) ?? payloadFault(payload, source, limits);
}

/** What a fault is called in the answer and in the security event. */
function describe(fault: PayloadFault): Pick<RejectedRecord, "code" | "params"> {
  switch (fault) {
    case "forbiddenName":
      return { code: FORBIDDEN_NAME, params: [FORBIDDEN_NAME] };
    case "malformedGzip":
      return { code: "malformed_content_encoding", params: ["content_encoding"] };
    case "maxBytes":
      return { code: "record_too_large", params: ["max_bytes"] };
    default:
      return { code: LIMITS[fault][4], params: [paramOf(fault)] };
  }
}
