/**
 * One secret of an environment: its last good value, how old that is, and the load under way.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type AgingSecret, announceAge, Secret, untilAborted } from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { withSignal } from "./abortable.ts";
import { ENDED, failureOf, isPassing, LoadFailure, unavailable } from "./load-failure.ts";
import type { SecretSource } from "./sources.ts";
import { readValue, type SecretForm } from "./value.ts";

/** What is loaded, how old it may become, and how long a load may take. */
export interface SecretPlan {
  readonly name: string;
  readonly from: SecretSource;
  readonly as?: SecretForm | undefined;
  readonly schema?: StandardSchemaV1 | undefined;
  readonly maxAgeMs: number;
  readonly maxStaleMs: number;
  readonly timeoutMs: number;
  /** Told of the value that a new one, or none, has replaced. */
  readonly onReplaced: (old: Secret<unknown> | undefined) => void;
}

/** One load, with all its retries. */
export interface Flight {
  /** Never rejects. */
  readonly done: Promise<void>;
  abort(failure: LoadFailure): void;
}

/** What an invocation has to do before it may use the value. */
type Need = "load" | "nothing" | "refresh";

/** One secret of an environment. */
export interface CachedSecret extends AgingSecret {
  readonly name: string;
  /** The last good value. */
  readonly secret: Secret<unknown> | undefined;
  /** Why the last load brought none, as a sentence for the log. */
  readonly problem: string | undefined;
  /** The load under way. */
  readonly flight: Flight | undefined;
  /** When the value was requested: its answer may have lain in a frozen environment for an hour. */
  readonly fetchedAt: number;
  /** Until when there is nothing to do. */
  readonly calmUntil: number;
  needAt(now: number): Need;
  /** Whether there is a value that may be used when AWS fails. */
  isUsableAt(now: number): boolean;
  /** Fetches the value, or joins the load under way. Never rejects: see `problem`. */
  load(isRenewal?: boolean): Promise<void>;
  /** Loads the value for an invocation that cannot do without; begins nothing for one whose signal has aborted. */
  loadForInvocation(signal?: AbortSignal): Promise<void>;
  /**
   * The secret to use when its value was refused: fetched afresh, once for all who ask at the same
   * time, unless there is another value already. `undefined` when the last renewals only brought the
   * same value again.
   *
   * @throws PublicError 503 `secret_unavailable` when it cannot be fetched.
   */
  renew(refusedValue: unknown): Promise<Secret<unknown> | undefined>;
}

/** The part of its age from which a value is refreshed beside the handler. */
const REFRESH_AHEAD = 0.8;
/** The part of `maxAgeMs` by which environments differ, so that not all of them refresh at once. */
const JITTER = 0.1;
/** After a failure the last value is used for so long without another attempt; doubled each time. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const FIRST_RETRY_MS = 50;

/** Between the half and the whole of `ms`. */
const jittered = (ms: number): number => ms * (1 - Math.random() / 2);

const pauseAfter = (failures: number): number =>
  jittered(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)));

const keepers = new WeakMap<object, CachedSecret>();

/** The cache from which a secret was handed out. */
export const keeperOf = (secret: Secret<unknown>): CachedSecret | undefined => keepers.get(secret);

/** A secret that is not loaded yet. */
export function cachedSecret(plan: SecretPlan): CachedSecret {
  const { name, from, maxAgeMs, timeoutMs } = plan;
  let secret: Secret<unknown> | undefined;
  let failure: LoadFailure | undefined;
  let flight: Flight | undefined;
  let fetchedAt = 0;
  /** From when on the value is used only if AWS has nothing newer to give. */
  let dueAt = 0;
  /** From when on it is not used. */
  let endAt = 0;
  let failures = 0;
  let retryAt = 0;
  let renewal: Promise<void> | undefined;
  let vainRenewals = 0;
  let renewAt = 0;

  const calmUntil = (): number =>
    Math.max(fetchedAt + (dueAt - fetchedAt) * REFRESH_AHEAD, Math.min(retryAt, endAt));

  const needAt = (now: number): Need => {
    // A clock that was set back says nothing about the age.
    if (secret === undefined || now < fetchedAt) return "load";
    if (now < calmUntil()) return "nothing";
    return now < dueAt ? "refresh" : "load";
  };

  const replace = (next: Secret<unknown> | undefined): void => {
    const old = secret;
    secret = next;
    if (next !== undefined) keepers.set(next, self);
    plan.onReplaced(old);
  };

  const attempt = async (signal: AbortSignal, isRenewal: boolean): Promise<void> => {
    try {
      const [raw, requestedAt] = await fetchRaw(from, signal, Math.ceil(timeoutMs / 2), isRenewal);
      const value = await untilAborted(readValue(raw, plan.as, plan.schema), signal);
      fetchedAt = requestedAt;
      dueAt = fetchedAt + maxAgeMs * (1 - JITTER * Math.random());
      endAt = fetchedAt + maxAgeMs + plan.maxStaleMs;
      failure = undefined;
      failures = 0;
      retryAt = 0;
      replace(new Secret(name, value));
    } catch (error) {
      failure = failureOf(error);
      failures += 1;
      const pausedUntil = Date.now() + pauseAfter(failures);
      retryAt = failure === ENDED ? Math.min(pausedUntil, dueAt) : pausedUntil;
      // What AWS has is known now, and it is no good: the value before it is not the right one either.
      if (failure.isInvalid) replace(undefined);
    }
  };

  const begin = (isRenewal: boolean): Flight => {
    const controller = new AbortController();
    const abort = (reason: LoadFailure): void => controller.abort(reason);
    const late = new LoadFailure(`could not be loaded: no answer within ${timeoutMs} ms`);
    const timer = setTimeout(abort, timeoutMs, late);
    const done = attempt(controller.signal, isRenewal).finally(() => {
      clearTimeout(timer);
      flight = undefined;
    });
    return { done, abort };
  };

  const load = (isRenewal = false): Promise<void> => {
    flight ??= begin(isRenewal);
    return flight.done;
  };

  /** By value: a refresh may have brought the same one again since. */
  const has = (value: unknown): boolean => isDeepStrictEqual(secret?.reveal(), value);

  const fetchAfresh = async (refusedValue: unknown): Promise<void> => {
    // A load under way may have been answered before the credential was changed.
    await flight?.done;
    await load(true);
    const isVain = failure === undefined && has(refusedValue);
    vainRenewals = isVain ? vainRenewals + 1 : 0;
    renewAt = isVain ? Date.now() + pauseAfter(vainRenewals) : 0;
  };

  const self: CachedSecret = {
    name,
    get secret() {
      return secret;
    },
    get problem() {
      return failure && `The secret "${name}" (${from.title}) ${failure.message}.`;
    },
    get flight() {
      return flight;
    },
    get fetchedAt() {
      return fetchedAt;
    },
    get ageMs() {
      return secret === undefined ? undefined : Math.max(0, Date.now() - fetchedAt);
    },
    get calmUntil() {
      return calmUntil();
    },
    needAt,
    isUsableAt: (now) => secret !== undefined && now >= fetchedAt && now < endAt,
    load,
    async loadForInvocation(signal) {
      if (flight !== undefined) {
        await flight.done;
        // What began earlier may have been frozen on its way: it may fail, or bring what is too old.
        if (signal?.aborted || needAt(Date.now()) !== "load") return;
      }
      await load();
    },
    async renew(refusedValue) {
      if (secret === undefined || has(refusedValue)) {
        if (Date.now() < renewAt) return undefined;
        renewal ??= fetchAfresh(refusedValue).finally(() => {
          renewal = undefined;
        });
        await renewal;
        if (self.problem !== undefined) throw unavailable([self.problem]);
      }
      return secret;
    },
  };
  announceAge(self);
  return self;
}

/** Calls AWS until it answers, as long as what goes wrong may pass; gives the time of the request too. */
async function fetchRaw(
  from: SecretSource,
  signal: AbortSignal,
  attemptMs: number,
  isRenewal: boolean,
): Promise<[raw: unknown, requestedAt: number]> {
  let known: unknown;
  for (let retryMs = FIRST_RETRY_MS; ; retryMs *= 2) {
    const requestedAt = Date.now();
    // An attempt that hangs, such as on a connection that died while frozen, leaves time for another.
    const either = AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]);
    try {
      const answer = withSignal(either, () => from.fetch(either, isRenewal));
      return [await untilAborted(answer, either), requestedAt];
    } catch (error) {
      // What went wrong before the time was over says more than that it is over.
      if (signal.aborted) throw known ?? error;
      if (!isPassing(error)) throw error;
      known = error;
      await sleep(jittered(retryMs), undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}
