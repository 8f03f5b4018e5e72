/**
 * The only error whose words a caller may read.
 *
 * @module
 */
import { statusTitle } from "./status.ts";

/** On the global symbol registry, so that two copies of this package know each other's errors. */
const BRAND = Symbol.for("middy-hardening.PublicError");

/** What a {@link PublicError} says beside its status. */
export interface PublicErrorOptions {
  /** A stable, machine-readable name of the problem, such as `order_not_found`. Default: from the title. */
  readonly code?: string;
  /** Short text for the kind of problem. Default: the status's own, such as `Not Found`. */
  readonly title?: string;
  /** Text for this occurrence of the problem. */
  readonly detail?: string;
  /** Response headers; `error-sanitizer` lets those of its allow-list through. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem details, such as `errors` (RFC 9457, section 3.2). */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** What caused it: for the log, never for the caller. */
  readonly cause?: unknown;
}

/**
 * An error that its author means the caller to read: status, code, title, detail and extensions
 * go out as they are; `cause` and `stack` do not.
 *
 * ```ts
 * throw new PublicError(404, { code: "order_not_found", detail: "No such order." });
 * ```
 *
 * `@middy/http-error-handler` understands it as well (`statusCode`, `expose`, `message`).
 *
 * @throws TypeError when the status is not a whole number from 400 to 599.
 */
export class PublicError extends Error {
  readonly statusCode: number;
  readonly expose = true;
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(statusCode: number, options: PublicErrorOptions = {}) {
    if (!Number.isInteger(statusCode) || statusCode < 400 || statusCode > 599) {
      throw new TypeError(
        "@middy-hardening/core: the status of a PublicError must be a whole number from 400 to 599.",
      );
    }
    const title = options.title ?? statusTitle(statusCode);
    super(options.detail ?? title, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "PublicError";
    this.statusCode = statusCode;
    this.title = title;
    this.code = options.code ?? statusTitle(statusCode).toLowerCase().replace(/\W+/g, "_");
    this.detail = options.detail;
    this.headers = options.headers ?? {};
    this.extensions = options.extensions ?? {};
  }

  /** @internal */
  get [BRAND](): true {
    return true;
  }
}

/** Whether a thrown value is a {@link PublicError}, of this or another copy of the package. */
export function isPublicError(value: unknown): value is PublicError {
  try {
    return typeof value === "object" && value !== null && (value as PublicError)[BRAND] === true;
  } catch {
    return false; // A proxy whose traps throw is nobody's public error.
  }
}
