/**
 * One secret of an environment: its last good value, how old that is, and the load under way.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Secret } from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { withSignal } from "./abortable.ts";
import { Aborted, failureOf, isPassing, type LoadFailure, unavailable } from "./load-failure.ts";
import type { SecretSource } from "./sources.ts";
import { readValue, type SecretForm } from "./value.ts";

/** What is loaded, and in which form. */
export interface SecretPlan {
  readonly from: SecretSource;
  readonly form: SecretForm;
  readonly schema: StandardSchemaV1 | undefined;
}

/** How old a value may become, and how long a load may take. */
export interface Limits {
  readonly maxAgeMs: number;
  readonly maxStaleMs: number;
  readonly timeoutMs: number;
}

/** One load, with all its retries. */
export interface Flight {
  /** Never rejects. */
  readonly done: Promise<void>;
  abort(reason: string): void;
}

/** What an invocation has to do before it may use the value. */
export type Need = "load" | "nothing" | "refresh";

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

/** One secret of an environment. */
export class CachedSecret {
  readonly name: string;
  /** The last good value. */
  secret: Secret<unknown> | undefined;
  /** Why the last load brought none. */
  failure: LoadFailure | undefined;
  /** The load under way. */
  flight: Flight | undefined;
  /** When the value was requested: its answer may have lain in a frozen environment for an hour. */
  fetchedAt = 0;
  readonly #plan: SecretPlan;
  readonly #limits: Limits;
  readonly #onReplaced: (old: Secret<unknown> | undefined) => void;
  /** From when on it is refreshed beside the handler. */
  #refreshAt = 0;
  /** From when on it is used only if AWS has nothing newer to give. */
  #dueAt = 0;
  /** From when on it is not used. */
  #endAt = 0;
  #failures = 0;
  #retryAt = 0;
  #vainRenewals = 0;
  #renewAt = 0;
  #renewal: Promise<void> | undefined;

  /** @param onReplaced told of the value that a new one, or none, has replaced. */
  constructor(
    name: string,
    plan: SecretPlan,
    limits: Limits,
    onReplaced: (old: Secret<unknown> | undefined) => void,
  ) {
    this.name = name;
    this.#plan = plan;
    this.#limits = limits;
    this.#onReplaced = onReplaced;
  }

  /** Until when there is nothing to do. */
  get calmUntil(): number {
    return Math.max(this.#refreshAt, Math.min(this.#retryAt, this.#endAt));
  }

  needAt(now: number): Need {
    // A clock that was set back says nothing about the age.
    if (this.secret === undefined || now < this.fetchedAt) return "load";
    if (now < this.calmUntil) return "nothing";
    return now < this.#dueAt ? "refresh" : "load";
  }

  /** Whether there is a value that may be used when AWS fails. */
  isUsableAt(now: number): boolean {
    return this.secret !== undefined && now >= this.fetchedAt && now < this.#endAt;
  }

  /** The last failure as a sentence for the log. */
  get problem(): string {
    return `The secret "${this.name}" (${this.#plan.from.title}) ${this.failure?.reason}.`;
  }

  /** Loads the value for an invocation that cannot do without. */
  async loadForInvocation(): Promise<void> {
    if (this.flight !== undefined) {
      await this.flight.done;
      // What began earlier may have been frozen on its way: it may fail, or bring what is too old.
      if (this.needAt(Date.now()) !== "load") return;
    }
    await this.load();
  }

  /** Fetches the value, or joins the load under way. Never rejects: see `failure`. */
  load(isRenewal = false): Promise<void> {
    if (this.flight === undefined) {
      const { timeoutMs } = this.#limits;
      const controller = new AbortController();
      const abort = (reason: string): void => controller.abort(new Aborted(reason));
      const timer = setTimeout(abort, timeoutMs, `no answer within ${timeoutMs} ms`);
      const done = this.#load(controller.signal, isRenewal).finally(() => {
        clearTimeout(timer);
        this.flight = undefined;
      });
      this.flight = { done, abort };
    }
    return this.flight.done;
  }

  /**
   * The secret to use in place of a refused one, fetched afresh once for all who ask at the same
   * time; `undefined` when the last renewals only brought the same value again.
   *
   * @throws PublicError 503 `secret_unavailable` when it cannot be fetched.
   */
  async renew(refused: Secret<unknown>, value: unknown): Promise<Secret<unknown> | undefined> {
    if (this.secret === refused || this.secret === undefined) {
      if (Date.now() < this.#renewAt) return undefined;
      this.#renewal ??= this.#renew(value).finally(() => {
        this.#renewal = undefined;
      });
      await this.#renewal;
      if (this.failure !== undefined) throw unavailable([this.problem]);
    }
    return this.secret;
  }

  async #renew(refusedValue: unknown): Promise<void> {
    // A load under way may have been answered before the credential was changed.
    await this.flight?.done;
    await this.load(true);
    const isVain = isDeepStrictEqual(this.secret?.reveal(), refusedValue);
    this.#vainRenewals = isVain ? this.#vainRenewals + 1 : 0;
    this.#renewAt = isVain ? Date.now() + pauseAfter(this.#vainRenewals) : 0;
  }

  async #load(signal: AbortSignal, isRenewal: boolean): Promise<void> {
    const { form, schema } = this.#plan;
    try {
      const { raw, fetchedAt } = await this.#fetch(signal, isRenewal);
      const value = await untilAborted(readValue(raw, form, schema), signal);
      this.#keep(new Secret(this.name, value), fetchedAt);
    } catch (error) {
      this.failure = failureOf(error);
      this.#failures += 1;
      this.#retryAt = Date.now() + pauseAfter(this.#failures);
      // What AWS has is known now, and it is no good: the value before it is not the right one either.
      if (this.failure.isInvalid) this.#replace(undefined);
    }
  }

  async #fetch(
    signal: AbortSignal,
    isRenewal: boolean,
  ): Promise<{ raw: unknown; fetchedAt: number }> {
    const { from } = this.#plan;
    // An attempt that hangs, such as on a connection that died while frozen, leaves time for another.
    const attemptMs = Math.ceil(this.#limits.timeoutMs / 2);
    for (let retryMs = FIRST_RETRY_MS; ; retryMs *= 2) {
      const fetchedAt = Date.now();
      const attempt = AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]);
      try {
        const answer = withSignal(attempt, () => from.fetch(attempt, isRenewal));
        return { raw: await untilAborted(answer, attempt), fetchedAt };
      } catch (error) {
        if (signal.aborted || !isPassing(error)) throw error;
        await sleep(jittered(retryMs), undefined, { signal }).catch(() => {
          throw error;
        });
      }
    }
  }

  #keep(secret: Secret<unknown>, fetchedAt: number): void {
    const { maxAgeMs, maxStaleMs } = this.#limits;
    const ageMs = maxAgeMs * (1 - JITTER * Math.random());
    this.fetchedAt = fetchedAt;
    this.#refreshAt = fetchedAt + ageMs * REFRESH_AHEAD;
    this.#dueAt = fetchedAt + ageMs;
    this.#endAt = fetchedAt + maxAgeMs + maxStaleMs;
    this.failure = undefined;
    this.#failures = 0;
    this.#retryAt = 0;
    this.#replace(secret);
  }

  #replace(secret: Secret<unknown> | undefined): void {
    const old = this.secret;
    this.secret = secret;
    if (secret !== undefined) keepers.set(secret, this);
    this.#onReplaced(old);
  }
}

/** What `work` becomes, unless the signal comes first: not every provider heeds it. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
