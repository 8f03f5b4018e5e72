/**
 * Validating the records of a batch, each by itself.
 *
 * @module
 */
import type { Request } from "@middy/core";
import {
  defaultDisposition,
  type EventRecord,
  expectStill,
  isPublicError,
  payloadPlaceOf,
  type RecordDisposition,
  type RecordSource,
  type RejectedRecord,
  recordsOf,
  rejectRecords,
  withRecords,
} from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { addProblems, eventOf, type Problem } from "../problems.ts";
import { SOURCE } from "../refusal.ts";
import { judge, type Outcome, type Standard } from "../schema.ts";
import { type Decoding, decodeRecord, type EventDecoding, NO_ROOM } from "./decode.ts";
import { withImages } from "./dynamodb-values.ts";

/** How the records of an invocation are validated. */
export interface RecordRules {
  readonly standard: Standard;
  readonly decoding: Decoding;
  /** `undefined`: the source's own default. */
  readonly onInvalid: RecordDisposition | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws Error when there are none, since another middleware has put something else in their place. */
function readRecords(event: object, source: RecordSource): EventRecord[] {
  let records: EventRecord[] = [];
  try {
    records = [...recordsOf(event, source)];
  } catch (error) {
    expectStill(source, event, SOURCE);
    throw error;
  }
  if (records.length === 0) expectStill(source, event, SOURCE);
  return records;
}

/**
 * Validates each record of `event` and puts what the schema returns in the place of its payload, in
 * `request.event`; what is not valid is rejected as its disposition says. Without recursion from
 * record to record: there may be 10,000 of them.
 *
 * @param event the event as it came, whatever the schema of `event` made of it.
 * @returns the response, when no record is left for the handler.
 * @throws PublicError 422 when a record is not valid and the disposition is `fail`.
 */
export function validateRecords(
  request: Request,
  event: object,
  source: RecordSource,
  { standard, decoding: given, onInvalid }: RecordRules,
): unknown {
  const decoding: EventDecoding = { ...given, bytesLeft: given.maxBytes };
  let disposition = onInvalid ?? defaultDisposition(source);
  const records = readRecords(event, source);
  const rejected: RejectedRecord[] = [];
  /** Groups of which a record was reported: those after it wait for it, valid or not. */
  const blocked = new Set<string | undefined>();

  function advance(start: number): unknown {
    for (let index = start; index < records.length; index++) {
      if (disposition === "fail" && rejected.length > 0) break;
      const record = records[index] as EventRecord;
      if (blocked.has(record.orderGroup)) continue;
      const pending = validateOne(record, index);
      if (pending) return pending.then(() => advance(index + 1));
    }
    if (rejected.length > 0) {
      return rejectRecords(request, records, rejected, disposition, SOURCE);
    }
    request.event = withRecords(request.event as object, source, records);
    return undefined;
  }

  function validateOne(record: EventRecord, index: number): undefined | Promise<undefined> {
    const { bytesLeft } = decoding;
    const refuse = (one: Omit<RejectedRecord, "record">): undefined => {
      decoding.bytesLeft = bytesLeft; // What is not kept takes no room from the others.
      return reject({ record, ...one });
    };
    let input: unknown;
    try {
      input = decodeRecord(record, source, decoding);
    } catch (error) {
      if (!isPublicError(error)) throw error;
      const { code } = error;
      if (code === NO_ROOM && disposition === "drop") {
        disposition = "fail";
        rejected.length = 0; // All of them come again.
      }
      return refuse({ code, ...(code === "forbidden_name" && FORBIDDEN) });
    }
    const next = (outcome: Outcome): undefined => {
      if (outcome.issues) {
        return refuse({ code: "validation_failed", ...tell(input, outcome.issues) });
      }
      const whole = record.fields === event ? (request.event as Fields) : record.fields;
      records[index] = { ...record, fields: withPayload(whole, source, outcome.value) };
      return undefined;
    };
    return judge(standard, input, next, () => refuse({ code: "too_deep" }));
  }

  function reject(one: RejectedRecord): undefined {
    const { orderGroup } = one.record;
    rejected.push(one);
    if (disposition === "report" && orderGroup !== undefined) blocked.add(orderGroup);
    return undefined;
  }

  return advance(0);
}

const FORBIDDEN = { event: "malicious_extraneous" } as const;

/** What a log may read of a schema's issues. */
function tell(
  input: unknown,
  issues: readonly StandardSchemaV1.Issue[],
): Pick<RejectedRecord, "event" | "params"> {
  const problems: Problem[] = [];
  addProblems(problems, "record", input, issues);
  // A name that no schema knows is content.
  const params = problems.map(({ code, pointer }) =>
    code === "unknown_field" ? pointer.slice(0, pointer.lastIndexOf("/")) : pointer,
  );
  return { event: eventOf(problems), params };
}

/** The record with a value in the place of its payload; a copy, since others may hold the event. */
function withPayload(record: Fields, source: RecordSource, value: unknown): Fields {
  const [name = "", inner] = payloadPlaceOf(source).path;
  const holder = record[name];
  if (source === "dynamodb") return { ...record, [name]: withImages(holder, value) };
  return {
    ...record,
    [name]: inner === undefined ? value : { ...(holder as object), [inner]: value },
  };
}
