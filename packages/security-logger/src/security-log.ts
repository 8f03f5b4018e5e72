/**
 * Where one `securityLogger` prints and counts. Nothing of it throws.
 *
 * @module
 */
import type { Request } from "@middy/core";
import type { SecurityEvent } from "@middy-hardening/core";
import { bytesIn } from "./arrival.ts";
import type { Counts } from "./counts.ts";
import type { FloodControl } from "./flood-control.ts";
import { type PrincipalOf, recordInvocation } from "./invocation-record.ts";
import type { LineFormat, LineKind } from "./line-format.ts";
import type { PrintLine } from "./line-printer.ts";
import { memberOf } from "./member-of.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { LEVELS } from "./powertools-settings.ts";
import type { SafeText } from "./safe-text.ts";
import type { LineLevel } from "./standard-output.ts";
import { guard } from "./warning.ts";
import type { WatchedInvocation } from "./watch.ts";

export interface SecurityLog {
  /** At the beginning of each invocation: tells what was left out in windows that are over. */
  catchUp(): void;
  /** At the end of the process: tells all that was left out and not told yet. */
  end(): void;
  printEvent(invocation: WatchedInvocation, event: SecurityEvent): void;
  /** At the end of each invocation, once its outcome stands. */
  printInvocation(request: Request, invocation: WatchedInvocation): void;
}

/** What is as it should be: not bounded, and not counted. */
type Wanted = "served" | "suspended";

const isWanted = (kind: Outcome["kind"]): kind is Wanted =>
  kind === "served" || kind === "suspended";

/** Apart from each other, so that ever new kinds of one group do not crowd out those of another. */
type FloodControls = Readonly<
  Record<"event" | Exclude<Outcome["kind"], Wanted>, FloodControl<LineKind>>
>;

export interface SecurityLogSetup {
  /** From which level on lines are printed, by the numbers of {@link LEVELS}. */
  readonly level: () => number;
  readonly format: LineFormat;
  readonly print: PrintLine;
  readonly floods: FloodControls;
  readonly counts: Counts | undefined;
  readonly invocations: boolean | "unserved";
  readonly principal: PrincipalOf | undefined;
  readonly safe: SafeText;
}

const EVENT_LEVELS = { INFO: "info", WARN: "warn", CRITICAL: "critical" } as const;
const OUTCOME_LEVELS = {
  served: "info",
  refused: "warn",
  failed: "error",
  timed_out: "error",
  suspended: "info",
} as const;

const THRESHOLDS = { info: LEVELS.INFO, warn: LEVELS.WARN, error: LEVELS.ERROR } as const;

export function createSecurityLog(setup: SecurityLogSetup): SecurityLog {
  const { level: leastLevel, format, print, floods, counts, invocations, principal, safe } = setup;
  const guarded = guard(safe);
  const allFloods = Object.values(floods);

  function tellLeftOut(until: number): void {
    for (const flood of allFloods) {
      for (const leftOut of flood.takeOver(until)) {
        guarded(() => {
          if (leastLevel() >= LEVELS.SILENT) return;
          const at = new Date();
          print("warn", "Lines suppressed", at, format.leftOut(leftOut, at));
        });
      }
    }
  }

  function printEventLine(
    invocation: WatchedInvocation,
    event: SecurityEvent,
    level: LineLevel,
  ): void {
    // A level is set against noise; a security event is none. Only SILENT means to have nothing.
    if (leastLevel() >= LEVELS.SILENT) return;
    const at = new Date();
    const kind = { event: event.name };
    // A real attack must not hide behind others.
    const leftOut =
      level === "critical" ? undefined : floods.event.admit(event.name, kind, at.getTime());
    if (leftOut === false) return;
    print(level, "Security event", at, format.event(event, at, leftOut, invocation));
  }

  /**
   * Lines that a caller can cause at will are bounded, those of failures by what was thrown: an error
   * that an attacker has found must not hide another one.
   */
  function admitInvocation({ kind }: Outcome, { thrown }: WatchedInvocation, at: Date) {
    if (isWanted(kind)) return undefined;
    const errorType =
      kind === "refused" ? undefined : safe.line(memberOf(thrown?.value, "name"), 64);
    return floods[kind].admit(`${errorType}`, { outcome: kind, errorType }, at.getTime());
  }

  function printInvocationLine(
    request: Request,
    invocation: WatchedInvocation,
    outcome: Outcome,
  ): void {
    const level = OUTCOME_LEVELS[outcome.kind];
    if (leastLevel() > THRESHOLDS[level]) return;
    if (isWanted(outcome.kind) && invocations === "unserved") return;
    const at = new Date();
    const leftOut = admitInvocation(outcome, invocation, at);
    if (leftOut === false) return;
    const record = recordInvocation(request, invocation, outcome, principal);
    print(level, "Invocation", at, format.invocation(record, at, leftOut));
  }

  return {
    catchUp() {
      const now = Date.now();
      tellLeftOut(now);
      if (counts !== undefined) guarded(() => counts.flushOverdue(now));
    },

    end() {
      tellLeftOut(Number.POSITIVE_INFINITY);
      if (counts !== undefined) guarded(() => counts.flushNow());
    },

    printEvent(invocation, event) {
      const level = EVENT_LEVELS[event.severity] ?? "warn";
      guarded(() => printEventLine(invocation, event, level));
      if (counts === undefined) return;
      guarded(() => {
        counts.add(event.name);
        if (level === "critical") counts.flushNow();
        else if (invocation.isSettled) counts.flush(Date.now());
      });
    },

    printInvocation(request, invocation) {
      guarded(() => {
        const outcome = outcomeOf(request, invocation);
        if (invocations !== false) {
          guarded(() => printInvocationLine(request, invocation, outcome));
        }
        if (counts === undefined) return;
        countOutcome(counts, outcome, invocation);
        counts.flush(Date.now());
      });
    },
  };
}

function countOutcome(
  counts: Counts,
  { kind }: Outcome,
  { facts, arrival }: WatchedInvocation,
): void {
  if (isWanted(kind)) return;
  counts.add(`invocations_${kind}`);
  if (kind !== "refused" || facts.http === undefined) return;
  const bytes = bytesIn(arrival);
  if (bytes !== undefined && bytes > 0) counts.add("bytes_refused", bytes, "Bytes");
}
