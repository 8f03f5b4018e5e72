/**
 * The deadline of one invocation: its timer, its signal, and who is told when it passes.
 *
 * @module
 */
import type { Deadline } from "@middy-hardening/core";
import { DeadlineExceeded, type DeadlineStatus } from "./deadline-exceeded.ts";

/** How a deadline is set. */
export interface DeadlineSettings {
  /** Milliseconds until it passes. */
  readonly leftMs: number;
  readonly statusCode?: DeadlineStatus | undefined;
  /**
   * Whether the process waits for it even when nothing else is open: a handler that hangs on a promise
   * which nothing will settle would otherwise end the process without any answer.
   */
  readonly keepsAlive: boolean;
}

/**
 * Costs one timer; the `AbortController` is made when `signal` is first read, since few handlers do.
 * Whoever makes one ends it: a timer that is left over would fire when the environment thaws, in the
 * middle of another invocation.
 */
export class InvocationDeadline implements Deadline {
  readonly #endsAt: number;
  readonly #statusCode: DeadlineStatus | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  #controller: AbortController | undefined;
  #state: "running" | "passed" | "ended" = "running";

  constructor({ leftMs, statusCode, keepsAlive }: DeadlineSettings) {
    this.#endsAt = performance.now() + leftMs;
    this.#statusCode = statusCode;
    this.#timer = setTimeout(() => this.pass(), Math.max(0, leftMs));
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
    return this.#state === "passed";
  }

  /** Whether the invocation is still under way, in time or not. */
  get isOpen(): boolean {
    return this.#state !== "ended";
  }

  /** Whether anyone would notice that it passes, and may still come to an end of its own. */
  get isWatched(): boolean {
    return this.#controller !== undefined;
  }

  /** Tells `listener` before the signal aborts. @returns what forgets the listener. */
  onPassed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Lets it pass now, if it has not yet. */
  pass(): void {
    if (this.#state !== "running") return;
    this.#state = "passed";
    clearTimeout(this.#timer);
    for (const listener of this.#listeners) listener();
    if (this.#controller !== undefined) this.#abort(this.#controller);
  }

  /** The invocation is over. */
  end(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    if (this.#state === "running") this.#state = "ended";
  }

  #abort(controller: AbortController): void {
    controller.abort(new DeadlineExceeded(this.#statusCode));
  }
}
