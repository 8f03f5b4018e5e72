/**
 * The security events of this package.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { publishSecurityEvent, type SecurityEvent } from "@middy-hardening/core";
import { typeNameOf } from "./failure.ts";
import type { LeakKind } from "./leak-patterns.ts";

export const SOURCE = "@middy-hardening/error-sanitizer";

export function publishLeak(
  request: Request,
  kind: LeakKind,
  outcome: SecurityEvent["outcome"],
): void {
  const description = "A response gave away the inside of the system.";
  publish(request, "response_leak", kind, outcome, description);
}

export function publishCrash(request: Request, error: unknown): void {
  const description = "An unexpected error was withheld from the caller.";
  publish(request, "sys_crash", typeNameOf(error), "blocked", description);
}

function publish(
  request: Request,
  name: "response_leak" | "sys_crash",
  param: string,
  outcome: SecurityEvent["outcome"],
  description: string,
): void {
  const params = [param];
  // The outcome of an invocation is that of its durable execution: it comes once.
  const onReplay = "publish";
  publishSecurityEvent(request, { name, params, outcome, description, source: SOURCE, onReplay });
}
