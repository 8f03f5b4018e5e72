/**
 * Which instance of the middleware watches an invocation, and what it knows of it.
 *
 * Several handlers may share a process, and each may have a logger of its own. An event belongs to
 * the instance through which its invocation went, so that it is printed once and by that one.
 *
 * @module
 */
import { subscribe } from "node:diagnostics_channel";
import { type Invocation, SECURITY_EVENT_CHANNEL, type SecurityEvent } from "@middy-hardening/core";
import type { Arrival } from "./arrival.ts";
import type { SecurityLog } from "./security-log.ts";

/** An invocation that went through a `securityLogger`. */
export interface WatchedInvocation {
  readonly facts: Invocation;
  readonly arrival: Arrival;
  /** As the context has it; empty when it has none. */
  readonly functionArn: string;
  /** By `performance.now()`; `undefined` when its `before` was never reached. */
  readonly startedAt: number | undefined;
  /** As Powertools has it: the first of an environment that was started on demand. */
  readonly isColdStart: boolean;
  /** What was thrown, if anything, in a box: `undefined` can be thrown too. */
  thrown?: { readonly value: unknown };
  /** Whether its time ran out before it had come to an end. */
  isTimedOut: boolean;
  isSettled: boolean;
}

interface Watch extends WatchedInvocation {
  readonly log: SecurityLog;
}

/**
 * Kept as long as the invocation itself, since an event may be published after its line: on the
 * invocation, unseen by whoever prints or copies it. A `WeakMap` in its place took 2 to 3 us of a
 * request, most of it for collecting its entries.
 */
const WATCH = Symbol("security-logger.watch");

const watchOf = (facts: Invocation): Watch | undefined =>
  (facts as { readonly [WATCH]?: Watch })[WATCH];

/** State of the process, not of an invocation. */
let isFirst = true;
let isRouting = false;

/** Puts an invocation under watch; `false` when it already was, by this instance or another one. */
export function watch(
  log: SecurityLog,
  seen: Pick<WatchedInvocation, "arrival" | "facts" | "functionArn" | "startedAt">,
): boolean {
  if (watchOf(seen.facts) !== undefined) return false;
  const isColdStart = isFirst && process.env.AWS_LAMBDA_INITIALIZATION_TYPE === "on-demand";
  isFirst = false;
  const value: Watch = { log, ...seen, isColdStart, isTimedOut: false, isSettled: false };
  Object.defineProperty(seen.facts, WATCH, { value });
  return true;
}

/** What is known of an invocation that the owner of `log` watches. */
export function watchedBy(log: SecurityLog, facts: Invocation): WatchedInvocation | undefined {
  const watched = watchOf(facts);
  return watched?.log === log ? watched : undefined;
}

/** Brings each security event of this process to the log of its invocation, from the first call on. */
export function routeSecurityEvents(): void {
  if (isRouting) return;
  isRouting = true;
  subscribe(SECURITY_EVENT_CHANNEL, route);
}

/** Must not throw: the channel would end the process with it. Anyone in the process may publish. */
function route(message: unknown): void {
  try {
    const event = message as SecurityEvent;
    const watched = watchOf(event.request);
    if (watched === undefined) return;
    if (event.name === "deadline_exceeded" && event.outcome === "blocked") {
      watched.isTimedOut = true;
    }
    watched.log.printEvent(watched, event);
  } catch {
    // Not a security event of ours.
  }
}
