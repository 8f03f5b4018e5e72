/**
 * Counts of what happened, as CloudWatch metrics in the embedded metric format.
 *
 * Counts say nothing of an invocation, so they are those of the environment: what an invocation
 * leaves behind that never came to its end is told with the next one. A record is added up and
 * printed in one go, and no other code is near it.
 *
 * @module
 */
import type { Metrics } from "@aws-lambda-powertools/metrics";
import { oldestSecretAgeMs } from "@middy-hardening/core";
import { early } from "./early.ts";
import { type FloodControlOptions, floodControl } from "./flood-control.ts";
import { type Count, headOf, metricsRecord } from "./metrics-record.ts";
import { writeLine } from "./standard-output.ts";

export interface Counts {
  add(name: string, amount?: number, unit?: Count["unit"]): void;
  /**
   * Prints what was counted, unless records come so thick that it can wait, and once in a minute the
   * age of the oldest secret. May throw.
   */
  flush(now: number): void;
  /** Prints what was counted. May throw. */
  flushNow(): void;
  /** Prints what has waited for long enough. May throw. */
  flushOverdue(now: number): void;
}

/** CloudWatch takes 100 metrics in a record; names beyond the vocabulary are the application's own. */
const MAX_NAMES = 96;
/** What the counts and lines of such names are called. */
export const OTHER_EVENTS = "other_event";
const SECRET_AGE_PERIOD_MS = 60_000;

export function createCounts(
  metrics: Metrics | undefined,
  flood: FloodControlOptions | false | undefined,
): Counts {
  const head = early(() => headOf(metrics));
  const control = floodControl("flood", flood, undefined);
  const names = new Set<string>();
  let pending = new Map<string, Count>();
  let ageToldAt = Number.NEGATIVE_INFINITY;

  /** Whether there is an age to tell: of the last minute, none was told, nor of the next one before the clock was set back. */
  function addSecretAge(now: number): boolean {
    if (Math.abs(now - ageToldAt) < SECRET_AGE_PERIOD_MS) return false;
    const ageMs = oldestSecretAgeMs();
    if (ageMs === undefined) return false;
    ageToldAt = now;
    pending.set("secret_age_seconds", { amount: Math.round(ageMs / 1000), unit: "Seconds" });
    return true;
  }

  const nameOf = (name: string): string => {
    if (!names.has(name)) {
      // A name must be a good key of the record, not one that it has already.
      const isKey =
        /^[a-z][a-z\d]*_\w{1,62}$/.test(name) && !Object.hasOwn(head().dimensions, name);
      if (!isKey || names.size >= MAX_NAMES) return OTHER_EVENTS;
      names.add(name);
    }
    return name;
  };

  function flushNow(): void {
    if (pending.size === 0) return;
    const record = metricsRecord(head(), pending);
    pending = new Map();
    writeLine("info", record);
  }

  return {
    add(name, amount = 1, unit = "Count") {
      const key = nameOf(name);
      const count = pending.get(key);
      if (count === undefined) pending.set(key, { amount, unit });
      else count.amount += amount;
    },
    flush(now) {
      if (addSecretAge(now)) flushNow();
      else if (pending.size > 0 && control.admit("", undefined, now) !== false) flushNow();
    },
    flushNow,
    flushOverdue(now) {
      if (control.takeOver(now).length > 0) flushNow();
    },
  };
}
