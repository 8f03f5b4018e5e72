/**
 * Which invocations are under way, so that nothing runs on when the last of them has ended, and a
 * replaced secret is wiped when none of them holds it any more.
 *
 * @module
 */
import type { Request } from "@middy/core";
import type { Secret } from "@middy-hardening/core";

/** The invocations of one middleware: on Lambda Managed Instances there are several at a time. */
export interface Invocations {
  begin(request: Request): void;
  /** @returns whether none is under way any more. */
  end(request: Request): boolean;
  /** Disposes a secret once the invocations that may hold it have ended. */
  retire(secret: Secret<unknown>): void;
}

export function trackInvocations(): Invocations {
  const active = new Set<Request>();
  const retired = new Map<Secret<unknown>, readonly Request[]>();

  /** When another hook answers early, Middy runs none of the hooks that would tell of the end. */
  const forgetAnswered = (): void => {
    for (const request of active) if ("earlyResponse" in request) active.delete(request);
  };
  const disposeUnheld = (): void => {
    for (const [secret, holders] of retired) {
      if (holders.some((holder) => active.has(holder))) continue;
      retired.delete(secret);
      secret[Symbol.dispose]();
    }
  };
  return {
    begin(request) {
      forgetAnswered();
      active.add(request);
    },
    end(request) {
      active.delete(request);
      forgetAnswered();
      disposeUnheld();
      return active.size === 0;
    },
    retire(secret) {
      retired.set(secret, [...active]);
      disposeUnheld();
    },
  };
}
