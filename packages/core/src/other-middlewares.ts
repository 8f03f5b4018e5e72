/**
 * Telling the developer of other middlewares that stand where the suite cannot see what they do.
 *
 * Each kind is told once, by a process warning, and looked for where that costs a request nothing.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { type EventSource, eventSourceOf } from "./event-source.ts";
import { invocationOf } from "./invocation.ts";
import { stateOf } from "./request-state.ts";

const told = new Set<string>();

function tell(seen: string, advice: string): void {
  if (told.has(seen)) return;
  told.add(seen);
  process.emitWarning(`@middy-hardening/core: ${seen}. ${advice}.`, "MiddyHardeningWarning");
}

/** Where Powertools' `makeHandlerIdempotent` leaves its handler. */
const IDEMPOTENCY = "powertools-for-aws.idempotency.idempotencyHandler";

/** Of the process: its chain is the same each time. */
let isFirst = true;

/**
 * The last invocation that began and is not settled yet. Of the process, since only the next one can tell
 * that its end was seen by nobody.
 */
let unsettled: Request | undefined;

/** At the beginning of each invocation. */
export function noteBeginning(request: Request): void {
  if (unsettled !== undefined && isUnseen(unsettled)) {
    tell(
      "a hook of another middleware answered an invocation by a value that it returned, after which Middy runs no other hook: the answer was not looked at, has no security headers and no line in the log",
      "Give Middy the plugin of @middy-hardening/timeout-guard, middy(handler, deadline.plugin), which completes such answers",
    );
  }
  unsettled = request;
  if (!isFirst) return;
  isFirst = false;
  if (IDEMPOTENCY in Object(request.internal)) {
    tell(
      "makeHandlerIdempotent stands further out: what it answers out of its store is neither bounded nor validated before, and has no line in the log",
      "Add it to the chain after the middlewares of the suite, or harden()",
    );
  }
}

/** Another copy of this package may have settled it, which leaves its word on the request. */
const isUnseen = (request: Request): boolean =>
  "earlyResponse" in request && stateOf(request).settlement?.hasRun !== true;

/** When the end of an invocation is seen, however it ends. */
export function noteEnd(request: Request): void {
  if (unsettled === request) unsettled = undefined;
}

/**
 * An event of no known source whose handler answers as those of HTTP or of a batch do: so it may be that
 * a middleware has put something else in its place. For an `after`, or once the outcome stands.
 */
export function tellOfLostTrigger(request: Request): void {
  if (invocationOf(request).eventSource !== "direct" || request.error !== undefined) return;
  if (!isAnswerToTrigger(request.response)) return;
  tell(
    "an event that is none of a known trigger was answered as a request of HTTP or a batch is, and so without the protections of either",
    `If one of these triggers calls the function, ${REPLACED}: add that one to the chain after the middlewares of the suite, or harden()`,
  );
}

const REPLACED =
  "a middleware further out has put something else in the place of the event, as a parser with an envelope does";

/**
 * For who reads an event and finds that it cannot be one of `source`, as it was when the invocation began.
 *
 * @param owner the package that reads it, and has to come first.
 * @throws Error for the log, since it is a mistake of the deployment, never for the caller.
 */
export function expectStill(source: EventSource, event: unknown, owner: string): void {
  if (eventSourceOf(event) === source || isEmptied(event)) return;
  throw new Error(
    `${owner}: the event is no longer one of ${source}: ${REPLACED}. Add that one to the chain after this package's.`,
  );
}

/** Whether it has a list of records with nothing in it, as a filter further out leaves it of a batch that was served before. */
function isEmptied(event: unknown): boolean {
  const { Records, records } = Object(event) as Readonly<Record<string, unknown>>;
  const lists = Records ?? records;
  return typeof lists === "object" && lists !== null && Object.values(lists).flat().length === 0;
}

function isAnswerToTrigger(response: unknown): boolean {
  try {
    const { statusCode, body, batchItemFailures } = Object(response);
    return (
      (Number.isInteger(statusCode) && typeof body === "string") || Array.isArray(batchItemFailures)
    );
  } catch {
    return false; // Whoever sends it will find that it cannot be read.
  }
}
