/**
 * What an error tells its caller. Nothing here trusts the thrown value: it may be anything,
 * with getters and traps that throw.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { invocationOf, isPublicError, PublicError } from "@middy-hardening/core";
import { attempt } from "./attempt.ts";

/** The words for the caller, of types and lengths that are known. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string | undefined;
  /** Those of the allow-list with clean values, names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** As the error has them: not looked at yet. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  /** What a caller may match on, of an error that speaks for itself. */
  readonly errorType?: string;
}

/** Turns a known error of the application into a public one. */
export type ErrorMap = (error: unknown, request: Request) => PublicError | undefined;

/** By status; there are 200 at most. */
const failures = new Map<number, Failure>();

/** What every failure without words of its own says. */
export const INTERNAL: Failure = failureOf(500);

/** What an authorizer says that does not know the caller. */
const UNAUTHORIZED: Failure = failureOf(401);

/**
 * The failure that the thrown value stands for: what a {@link PublicError} says, also one that
 * `map` gives for it; for an `HttpError` of Middy or of http-errors its status; otherwise 500.
 */
export function describeError(
  error: unknown,
  request: Request,
  map: ErrorMap | undefined,
  allowedHeaders: ReadonlySet<string>,
): Failure {
  if (isUnauthorized(error) && invocationOf(request).eventSource === "authorizer") {
    return UNAUTHORIZED;
  }
  const known = isPublicError(error) ? error : mapped(map, error, request);
  return (
    attempt(() =>
      isPublicError(known) ? readPublicError(known, allowedHeaders) : readHttpError(error),
    ) ?? INTERNAL
  );
}

function mapped(map: ErrorMap | undefined, error: unknown, request: Request): unknown {
  try {
    const result: unknown = map?.(error, request);
    if (!(result instanceof Promise)) return result;
    // Nobody waits for it; its rejection must not end the process.
    result.catch(() => {});
    warnOnce("`map` returned a promise, which counts as undefined: it must be synchronous.");
  } catch {
    warnOnce("`map` threw, which counts as undefined.");
  }
  return undefined;
}

/** Of the process: a warning for each failed request would be noise. */
let isWarned = false;

/** Without what was thrown, which may hold anything. */
function warnOnce(message: string): void {
  if (isWarned) return;
  isWarned = true;
  process.emitWarning(`@middy-hardening/error-sanitizer: ${message}`, "ErrorSanitizerWarning");
}

/**
 * What a status says by itself.
 *
 * @throws TypeError when the status is none of an error.
 */
function failureOf(status: number): Failure {
  // Kept, since an error is made to ask: with its stack that was a third of what a refusal cost.
  let failure = failures.get(status);
  if (failure === undefined) {
    const { code, title } = new PublicError(status);
    failure = { status, code, title };
    failures.set(status, failure);
  }
  return failure;
}

/** The status of an error that `createError` of `@middy/util` or http-errors made. */
function readHttpError(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode, expose } = error as { statusCode?: unknown; expose?: unknown };
  return typeof expose === "boolean" ? failureOf(statusCode as number) : undefined;
}

/** Each field once and for itself, since another copy of the class, or a proxy, may have made it. */
function readPublicError(error: PublicError, allowedHeaders: ReadonlySet<string>): Failure {
  const { status, code, title } = failureOf(error.statusCode);
  return {
    status,
    code: readText(() => error.code, 128) ?? code,
    title: readText(() => error.title, 256) ?? title,
    detail: readText(() => error.detail, 4096),
    headers: attempt(() => cleanHeaders(error.headers, allowedHeaders)),
    extensions: attempt(() => error.extensions),
    errorType: errorTypeOf(error),
  };
}

/** Its own name, and of one that has none but the class's the code, which is as stable. */
function errorTypeOf(error: PublicError): string {
  const name = identifier(() => error.name) ?? "PublicError";
  return (name === "PublicError" ? identifier(() => error.code) : name) ?? "PublicError";
}

function readText(read: () => unknown, maxLength: number): string | undefined {
  const text = attempt(read);
  return typeof text === "string" && text ? text.slice(0, maxLength).toWellFormed() : undefined;
}

/** Visible ASCII, spaces and tabs: no CR, LF or NUL, behind which a header of the attacker's could begin. */
const CLEAN_VALUE = /^[\t\x20-\x7e]{1,1024}$/;

function cleanHeaders(
  headers: Readonly<Record<string, unknown>>,
  allowed: ReadonlySet<string>,
): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lowerName = name.toLowerCase();
    const text = String(value ?? "");
    if (allowed.has(lowerName) && CLEAN_VALUE.test(text)) clean[lowerName] = text;
  }
  return clean;
}

/** The name of an error's type, for the security event; `unknown` when it is no plain identifier. */
export const typeNameOf = (error: unknown): string =>
  identifier(() => (error as Error).name) ?? "unknown";

function identifier(read: () => unknown): string | undefined {
  const name = attempt(read);
  return typeof name === "string" && /^[A-Za-z_$][\w$]{0,63}$/.test(name) ? name : undefined;
}

/** Whether an authorizer failed as API Gateway wants it to, for 401. */
const isUnauthorized = (error: unknown): boolean =>
  error === "Unauthorized" || attempt(() => (error as Error).message) === "Unauthorized";
