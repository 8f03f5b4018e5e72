/**
 * Failures on demand: what goes wrong, for which calls, and how often.
 *
 * @module
 */
import type { LocalAwsService } from "./service.ts";

/** What a fault does to a call. */
export const FAULT_KINDS = [
  "throttle",
  "internalError",
  "accessDenied",
  "delay",
  "hang",
  "disconnect",
  "garbage",
] as const;

/**
 * What a fault does to a call:
 *
 * - `throttle`: `ThrottlingException`, which SDK clients try again;
 * - `internalError`: the service's error 500, which they try again too;
 * - `accessDenied`: `AccessDeniedException`, which they do not;
 * - `delay`: the call is carried out after `delayMs`, unless the client has left by then;
 * - `hang`: no answer until the client leaves or the endpoint closes;
 * - `disconnect`: the connection is cut without an answer;
 * - `garbage`: status 200 and a page of HTML.
 */
export type LocalAwsFaultKind = (typeof FAULT_KINDS)[number];

/** A fault, and the calls that it befalls. */
export interface LocalAwsFault {
  readonly kind: LocalAwsFaultKind;
  /** Default: every service. */
  readonly service?: LocalAwsService;
  /** Such as `GetSecretValue`. Default: every operation. */
  readonly operation?: string;
  /** How many calls it befalls before it is spent. Default: Infinity. */
  readonly times?: number;
  /** How long a `delay` takes, in milliseconds. Default: 100. */
  readonly delayMs?: number;
}

/** A fault that can be taken back. */
export interface InjectedFault extends Disposable {
  /** Ends the fault; `using` does it at the end of the block. */
  remove(): void;
}

/** What befalls one call: a wait, and then what comes instead of an answer. */
export interface Mishap {
  readonly delayMs: number;
  readonly kind: Exclude<LocalAwsFaultKind, "delay"> | undefined;
}

/** The faults that wait for a call. */
export interface Faults {
  add(fault: LocalAwsFault): InjectedFault;
  clear(): void;
  /** What befalls a call: all delays that fit, and the first other fault. Each is used once by it. */
  befall(service: LocalAwsService, operation: string): Mishap;
}

export function createFaults(): Faults {
  const waiting = new Set<{ readonly fault: LocalAwsFault; left: number }>();
  return {
    add(fault) {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      waiting.add(entry);
      const remove = (): void => {
        waiting.delete(entry);
      };
      return { remove, [Symbol.dispose]: remove };
    },
    clear() {
      waiting.clear();
    },
    befall(service, operation) {
      let delayMs = 0;
      let kind: Mishap["kind"];
      for (const entry of waiting) {
        const { fault } = entry;
        if ((fault.service ?? service) !== service) continue;
        if ((fault.operation ?? operation) !== operation) continue;
        if (fault.kind === "delay") delayMs += fault.delayMs ?? 100;
        else if (kind === undefined) kind = fault.kind;
        else continue;
        if (--entry.left <= 0) waiting.delete(entry);
      }
      return { delayMs, kind };
    },
  };
}
