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
  Immediate: "timers",
  TCPSocketWrap: "sockets",
  PipeWrap: "sockets",
  UDPWrap: "sockets",
};

type Counts = Record<"promises" | "timers" | "sockets", number>;

/** The timers and sockets of the process that are open at the moment. */
export const openResources = (): readonly string[] => process.getActiveResourcesInfo();

/** Publishes one event when work was left: promises, and what is open now and was not at the start. */
export function reportOpenWork(
  request: RequestLike,
  abandonedPromises: number,
  atStart: readonly string[] | undefined,
): void {
  const counts: Counts = { promises: abandonedPromises, timers: 0, sockets: 0 };
  if (atStart !== undefined) {
    count(counts, openResources(), 1);
    count(counts, atStart, -1);
  }
  const open = Object.entries(counts).filter(([, number]) => number > 0);
  if (open.length === 0) return;
  publishSecurityEvent(request, {
    name: "work_outlived_invocation",
    params: open.map(([kind, number]) => `${kind}:${number}`),
    description: "Work was still open when its invocation ended.",
    source: SOURCE,
  });
}

function count(counts: Counts, resources: readonly string[], step: 1 | -1): void {
  for (const resource of resources) {
    const kind = KINDS[resource];
    if (kind !== undefined) counts[kind] += step;
  }
}
