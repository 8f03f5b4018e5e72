/**
 * Keeps an attacker from buying log lines by the thousand, without losing a count.
 *
 * Of each kind of line, a burst is printed whole in each window of time, then every so-and-so-many-th;
 * what is left out is counted, and each count is told exactly once: by the next line of its kind that
 * is printed, or when the window is over.
 *
 * State of the environment on purpose, not of an invocation: a flood is many invocations.
 *
 * @module
 */
import { checkOptions, limitOf, type OptionRule } from "@middy-hardening/core";

/** How many lines of one kind an environment prints. */
export interface FloodControlOptions {
  /** Lines of one kind that are printed in each window, whatever comes. Default: 100. */
  readonly burst?: number | undefined;
  /** Length of a window, in milliseconds. Default: 60,000 (1 minute). */
  readonly windowMs?: number | undefined;
  /** Share of the lines beyond the burst that is printed, from 0 to 1. Default: 0.01 (every hundredth). */
  readonly sampleRate?: number | undefined;
}

const rules: { readonly [Name in keyof Required<FloodControlOptions>]: OptionRule } = {
  burst: limitOf("lines"),
  windowMs: {
    expected: "a whole number of milliseconds, 1 or more",
    accepts: (value) => Number.isInteger(value) && (value as number) >= 1,
  },
  sampleRate: {
    expected: "a number from 0 to 1",
    accepts: (value) => typeof value === "number" && value >= 0 && value <= 1,
  },
};

/** Lines of one kind that were left out. */
export interface Suppressed<Kind> {
  readonly kind: Kind;
  readonly count: number;
  /** When the first and the last of them would have been printed, by `Date.now()`. */
  readonly since: number;
  readonly until: number;
}

export interface FloodControl<Kind> {
  /**
   * Whether a line may be printed: what was left out of its kind since the last one, if anything,
   * for it to tell; `false` when it is to be left out itself.
   *
   * @param key tells kinds apart; `kind` is what {@link takeOver} gives back for it.
   */
  admit(key: string, kind: Kind, now: number): Suppressed<Kind> | undefined | false;
  /** What was left out in windows that are over, once. */
  takeOver(now: number): readonly Suppressed<Kind>[];
}

/** Nothing is due in nearly all invocations. */
const NOTHING = [] as const;

/** Names of events are few; should somebody make names up without end, the later ones share a kind. */
const MAX_KINDS = 128;
/** Of the window that they share; no name, which is printable, is the same. */
const SHARED = "\0";

interface Window<Kind> {
  readonly kind: Kind;
  /** By several kinds. */
  readonly isShared: boolean;
  beganAt: number;
  printed: number;
  /** Since the last line that was printed. */
  skipped: number;
  /** Not told yet. */
  suppressed: number;
  since: number;
  until: number;
}

/**
 * @param options `false` prints everything.
 * @param others stands for the kinds that share a window: no line of one of them tells of the others.
 * @throws TypeError when an option is unknown or out of range.
 */
export function floodControl<Kind>(
  owner: string,
  options: FloodControlOptions | false | undefined,
  others: Kind,
): FloodControl<Kind> {
  if (options === false) return { admit: () => undefined, takeOver: () => NOTHING };
  const {
    burst = 100,
    windowMs = 60_000,
    sampleRate = 0.01,
  } = checkOptions(owner, options ?? {}, rules);
  const interval = Math.round(1 / sampleRate);
  const windows = new Map<string, Window<Kind>>();
  /** When the first window is over from which something was left out. */
  let dueAt = Number.POSITIVE_INFINITY;

  const take = (window: Window<Kind>): Suppressed<Kind> | undefined => {
    const { kind, suppressed: count, since, until } = window;
    window.suppressed = 0;
    return count === 0 ? undefined : { kind, count, since, until };
  };

  /** What the next line of a kind tells. */
  const toldBy = (window: Window<Kind>): Suppressed<Kind> | undefined => {
    window.skipped = 0;
    return window.isShared ? undefined : take(window);
  };

  /** A clock that was set back ends a window too, or it might last for years. */
  const isOver = ({ beganAt }: Window<Kind>, now: number): boolean =>
    now >= beganAt + windowMs || now < beganAt;

  const windowOf = (key: string, kind: Kind, now: number): Window<Kind> => {
    const isShared = windows.size >= MAX_KINDS && !windows.has(key);
    const shown = isShared ? SHARED : key;
    let window = windows.get(shown);
    if (window === undefined) {
      const counts = { printed: 0, skipped: 0, suppressed: 0, since: 0, until: 0 };
      window = { kind: isShared ? others : kind, isShared, beganAt: now, ...counts };
      windows.set(shown, window);
    }
    return window;
  };

  return {
    admit(key, kind, now) {
      const window = windowOf(key, kind, now);
      if (isOver(window, now)) {
        window.beganAt = now;
        window.printed = 0;
      }
      if (window.printed < burst) {
        window.printed += 1;
        return toldBy(window);
      }
      if (window.skipped + 1 >= interval) return toldBy(window);
      if (window.suppressed === 0) window.since = now;
      window.skipped += 1;
      window.suppressed += 1;
      window.until = now;
      dueAt = Math.min(dueAt, window.beganAt + windowMs);
      return false;
    },
    takeOver(now) {
      if (now < dueAt) return NOTHING;
      dueAt = Number.POSITIVE_INFINITY;
      const taken: Suppressed<Kind>[] = [];
      for (const window of windows.values()) {
        if (window.suppressed === 0) continue;
        if (isOver(window, now)) taken.push(take(window) as Suppressed<Kind>);
        else dueAt = Math.min(dueAt, window.beganAt + windowMs);
      }
      return taken;
    },
  };
}
