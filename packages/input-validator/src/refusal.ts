/**
 * How this package refuses a request.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { type PublicError, refusalOf, type SecurityEventName } from "@middy-hardening/core";

/** The name of this package, as messages and security events give it. */
export const SOURCE = "@middy-hardening/input-validator";

/** Refuses a request; `params` are the parts, headers or places that are wrong. */
export function reject(
  request: Request,
  statusCode: number,
  code: string,
  detail: string,
  params: readonly string[],
  event?: SecurityEventName,
): never {
  throw rejection(request, statusCode, code, detail, params, event);
}

/** What refuses a request: as core's `refusalOf`, for code that throws it itself. */
export function rejection(
  request: Request,
  statusCode: number,
  code: string,
  detail: string,
  params: readonly string[],
  event: SecurityEventName = "input_validation_fail",
  extensions: Readonly<Record<string, unknown>> = {},
): PublicError {
  const refusal = { statusCode, code, detail, params, event, extensions, source: SOURCE };
  return refusalOf(request, refusal);
}

/** Refuses a name that could change a prototype once it is merged or copied. */
export function rejectName(request: Request, part: string): never {
  const detail = `The ${part} has a name that is not allowed.`;
  return reject(request, 400, "forbidden_name", detail, [part], "malicious_extraneous");
}
