/**
 * The deadline of one invocation: its timer, its signal, and who is told when it passes.
 *
 * @module
 */
import type { Deadline } from "@middy-hardening/core";
import { DeadlineExceeded, type DeadlineStatus } from "./deadline-exceeded.ts";

/** The longest that a timer of Node runs, in milliseconds. */
export const LONGEST_MS = 2_147_483_647;

/** How a deadline is set. */
export interface DeadlineSettings {
  /** Milliseconds until it passes. */
  readonly leftMs: number;
  /** Time that is kept for the answer. */
  readonly reserveMs: number;
  readonly statusCode?: DeadlineStatus | undefined;
  /**
   * Whether the process waits for it even when nothing else is open: a handler that hangs on a promise
   * which nothing will settle would otherwise end the process without any answer.
   */
  readonly keepsAlive: boolean;
  /** Who acts when it passes. */
  readonly owner?: DeadlineOwner | undefined;
}

export interface DeadlineOwner {
  /** Whether the invocation ended without a word, so that its deadline is nobody's any more. */
  readonly isStale: boolean;
  /** Called after the listeners and before the signal aborts. */
  onPassed(): void;
}

/**
 * Costs one timer; the `AbortController` is made when `signal` is first read, since few handlers do.
 * Whoever makes a deadline ends it: a timer that is left over would fire when the environment thaws, in
 * the middle of another invocation.
 */
export class InvocationDeadline implements Deadline {
  /** Whether the security event of its passing has been published. */
  isAnnounced = false;
  /** Promises that were not waited for any longer. */
  abandonedPromises = 0;
  readonly reserveMs: number;
  readonly #settings: DeadlineSettings;
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout;
  #listeners: Set<() => void> | undefined;
  #controller: AbortController | undefined;
  #hasPassed = false;
  #hasEnded = false;

  constructor(settings: DeadlineSettings) {
    const { leftMs, reserveMs, keepsAlive } = settings;
    this.reserveMs = reserveMs;
    this.#settings = settings;
    this.#endsAt = performance.now() + leftMs;
    this.#timer = setTimeout(
      () => {
        if (settings.owner?.isStale) this.end();
        else this.pass();
      },
      Math.min(Math.max(0, leftMs), LONGEST_MS),
    );
    if (!keepsAlive) this.#timer.unref();
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.hasPassed) this.#abort(this.#controller);
    }
    return this.#controller.signal;
  }

  remainingMs(): number {
    return this.hasPassed ? 0 : Math.max(0, this.#endsAt - performance.now());
  }

  /** Whether it passed while the invocation was under way. */
  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  /** Whether the invocation is over, in time or not. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether anyone waits for it, who may then come to an end of his own. */
  get isWatched(): boolean {
    return this.#controller !== undefined || (this.#listeners?.size ?? 0) > 0;
  }

  /** Tells `listener` when it passes, for which the process waits. @returns what forgets the listener. */
  onPassed(listener: () => void): () => void {
    const listeners = (this.#listeners ??= new Set());
    listeners.add(listener);
    this.#timer.ref();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && !this.#settings.keepsAlive) this.#timer.unref();
    };
  }

  /** Lets it pass now, if it has not yet: whoever looks at the clock may know before the timer fires. */
  pass(): void {
    if (this.#hasPassed || this.#hasEnded) return;
    this.#hasPassed = true;
    clearTimeout(this.#timer);
    for (const listener of this.#listeners ?? []) listener();
    this.#settings.owner?.onPassed();
    if (this.#controller !== undefined) this.#abort(this.#controller);
  }

  /** The invocation is over: nothing happens any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#listeners = undefined;
    this.#hasEnded = true;
  }

  #abort(controller: AbortController): void {
    controller.abort(new DeadlineExceeded(this.#settings.statusCode));
  }
}
