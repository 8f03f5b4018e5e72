/**
 * Work that is still open when its invocation ends: it stands still in the frozen environment and
 * goes on in the middle of another invocation, or never.
 *
 * @module
 */
import { publishSecurityEvent, type RequestLike } from "@middy-hardening/core";
import { SOURCE } from "./deadline-exceeded.ts";

/**
 * What Node calls the timers and sockets that keep a process alive. Idle connections of a keep-alive
 * agent and timers that were unref'd are not among them.
 */
const KINDS: Readonly<Record<string, "timers" | "sockets">> = {
  Timeout: "timers",
  TCPSocketWrap: "sockets",
  PipeWrap: "sockets",
  UDPWrap: "sockets",
};

/** A connection that has just become idle, or was cut off, is let go of within so many turns of the event loop. */
const TURNS = 5;

/** What was left when an invocation ended. */
export interface OpenWork {
  readonly request: RequestLike;
  /** Promises that are not waited for any longer. */
  readonly promises: number;
  /** What was open at the start; `undefined` where it says nothing. */
  readonly atStart?: readonly string[] | undefined;
  /** Whether another invocation has begun, so that what is open may be its. */
  readonly hasSuccessor?: () => boolean;
}

/** The timers and sockets of the process that are open at the moment. */
export const openResources = (): readonly string[] => process.getActiveResourcesInfo();

/** Publishes one event when work was left: promises, and what is open now and was not at the start. */
export function reportOpenWork(work: OpenWork, turns = TURNS): void {
  const counts = { promises: work.promises, timers: 0, sockets: 0 };
  if (work.atStart !== undefined && !work.hasSuccessor?.()) {
    for (const resource of openResources()) count(counts, resource, 1);
    for (const resource of work.atStart) count(counts, resource, -1);
    if (turns > 0 && (counts.timers > 0 || counts.sockets > 0)) {
      setImmediate(reportOpenWork, work, turns - 1);
      return;
    }
  }
  const open = Object.entries(counts).filter(([, number]) => number > 0);
  if (open.length === 0) return;
  publishSecurityEvent(work.request, {
    name: "work_outlived_invocation",
    params: open.map(([kind, number]) => `${kind}:${number}`),
    description: "Work was still open when its invocation ended.",
    source: SOURCE,
    onReplay: "publish",
  });
}

function count(counts: Record<"timers" | "sockets", number>, resource: string, step: number): void {
  const kind = KINDS[resource];
  if (kind !== undefined) counts[kind] += step;
}
