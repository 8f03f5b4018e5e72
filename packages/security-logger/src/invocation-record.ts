/**
 * What the line of an invocation tells, whatever its format.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { bodyBytes, bytesIn } from "./arrival.ts";
import { memberOf } from "./member-of.ts";
import type { Outcome } from "./outcome.ts";
import { verifiedPrincipal } from "./principal.ts";
import type { WatchedInvocation } from "./watch.ts";

/** Names the principal of a request; `undefined` when it is not known. */
export type PrincipalOf = (request: Request) => string | undefined;

/** An invocation that has come to its end. */
export interface InvocationRecord {
  readonly invocation: WatchedInvocation;
  readonly outcome: Outcome;
  /** `undefined` when this middleware's `before` was never reached. */
  readonly durationMs: number | undefined;
  /** As the application or the event has it. */
  readonly principal: unknown;
  /** Of HTTP bodies, where they are text. */
  readonly bytesIn: number | undefined;
  readonly bytesOut: number | undefined;
  /** Of a batch, how many records its response reports as failed. */
  readonly failedRecordCount: number | undefined;
}

/** Never throws, whatever the application's function does and the response is. */
export function recordInvocation(
  request: Request,
  invocation: WatchedInvocation,
  outcome: Outcome,
  principalOf: PrincipalOf | undefined,
): InvocationRecord {
  const { arrival, facts, startedAt } = invocation;
  const isHttp = facts.http !== undefined;
  return {
    invocation,
    outcome,
    durationMs: startedAt === undefined ? undefined : millisecondsSince(startedAt),
    principal: principalIn(request, invocation, principalOf),
    bytesIn: isHttp ? bytesIn(arrival) : undefined,
    bytesOut: isHttp ? bytesOut(request.response) : undefined,
    failedRecordCount:
      arrival.recordCount === undefined ? undefined : countFailures(request.response),
  };
}

/** To a hundredth: more digits would be noise. */
const millisecondsSince = (start: number): number =>
  Math.round((performance.now() - start) * 100) / 100;

/** What the application says; where it says nothing, what the service in front has verified. */
function principalIn(
  request: Request,
  { arrival, facts }: WatchedInvocation,
  principalOf: PrincipalOf | undefined,
): unknown {
  return attempt(() => {
    const named: unknown = principalOf?.(request);
    // A promise comes too late for the line; should it be rejected, that must not end the process.
    if (typeof named === "object" && named !== null) Promise.resolve(named).catch(() => {});
    return named ?? verifiedPrincipal(arrival.event, facts.eventSource);
  });
}

/** Of a short form of payload format 2.0, only text is counted: anything else is not written yet. */
function bytesOut(response: unknown): number | undefined {
  if (typeof response === "string") return bodyBytes(response, false);
  if (memberOf(response, "statusCode") === undefined) return undefined;
  return bodyBytes(memberOf(response, "body"), memberOf(response, "isBase64Encoded"));
}

/** By the partial batch response of SQS and streams, or the results of Firehose. */
const countFailures = (response: unknown): number | undefined =>
  attempt(() => {
    const failures = memberOf(response, "batchItemFailures");
    if (Array.isArray(failures)) return failures.length;
    const results = memberOf(response, "records");
    if (!Array.isArray(results)) return undefined;
    return results.filter((result) => memberOf(result, "result") === "ProcessingFailed").length;
  });

/** What `read` gives, or `undefined` when it throws. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
