/**
 * What a format makes of what there is to tell.
 *
 * @module
 */
import type { SecurityEvent } from "@middy-hardening/core";
import type { Suppressed } from "./flood-control.ts";
import type { InvocationRecord } from "./invocation-record.ts";
import type { Outcome } from "./outcome.ts";
import type { SafeText } from "./safe-text.ts";
import type { WatchedInvocation } from "./watch.ts";

/** The fields of one line. Those that are `undefined` are left out; none is empty or `null`. */
export type LineFields = Record<string, unknown>;

/** What kind of line was left out. */
export type LineKind =
  | { readonly event: string }
  | { readonly outcome: Outcome["kind"]; readonly errorType?: string | undefined };

/** Lines of the same kind that were left out before. */
export type LeftOut = Suppressed<LineKind>;

/** Makes the lines of one format. */
export interface LineFormat {
  event(
    event: SecurityEvent,
    at: Date,
    leftOut: LeftOut | undefined,
    invocation: WatchedInvocation,
  ): LineFields;
  invocation(record: InvocationRecord, at: Date, leftOut: LeftOut | undefined): LineFields;
  leftOut(leftOut: LeftOut, at: Date): LineFields;
}

/** A form of lines that a bundle has only when it is asked for; this package makes them. */
export interface LogFormat {
  readonly name: string;
  /** Called once, when the middleware is made. */
  make(setup: FormatSetup): LineFormat;
}

/** What all formats are made with. */
export interface FormatSetup {
  readonly applicationId: string | undefined;
  readonly safe: SafeText;
  /** The logged form of a source address. */
  readonly writeSourceIp: (ip: string) => string | undefined;
}
