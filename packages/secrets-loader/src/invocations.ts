/**
 * Which invocations are under way, so that nothing runs on when the last of them has ended, and a
 * replaced secret is wiped when none of them holds it any more.
 *
 * @module
 */
import type { Request } from "@middy/core";
import type { Secret } from "@middy-hardening/core";

/** The invocations of one middleware: on Lambda Managed Instances there are several at a time. */
export class Invocations {
  readonly #active = new Set<Request>();
  readonly #retired = new Map<Secret<unknown>, readonly Request[]>();

  /** Whether none is under way. */
  get areOver(): boolean {
    return this.#active.size === 0;
  }

  enter(request: Request): void {
    if (this.#active.size > 0) this.#forgetAnswered();
    this.#active.add(request);
  }

  leave(request: Request): void {
    this.#active.delete(request);
    if (this.#active.size > 0) this.#forgetAnswered();
    for (const [secret, holders] of this.#retired) {
      if (holders.some((holder) => this.#active.has(holder))) continue;
      this.#retired.delete(secret);
      secret[Symbol.dispose]();
    }
  }

  /** Disposes a secret once the invocations that may hold it have ended. */
  retire(secret: Secret<unknown>): void {
    if (this.areOver) secret[Symbol.dispose]();
    else this.#retired.set(secret, [...this.#active]);
  }

  /** When another hook answers early, Middy runs none of the hooks that would tell of the end. */
  #forgetAnswered(): void {
    for (const request of this.#active) {
      if ("earlyResponse" in request) this.#active.delete(request);
    }
  }
}
