/**
 * Refusing a request in the name of this package: the security event, and the `PublicError`.
 *
 * What is thrown is made in functions that return, for the reason that core's `refusalOf` gives.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { type PublicError, type Refusal, refusalOf } from "@middy-hardening/core";
import type { StructureFault } from "./event-structure.ts";
import type { FormLimits } from "./form-structure.ts";
import { LIMITS, type Limits } from "./options.ts";

/** The package, as its messages and events name it. */
export const SOURCE = "@middy-hardening/payload-guard";

/** @param params the part of the request that is at fault, and what is wrong with it. */
export function reject(
  request: Request,
  statusCode: number,
  code: string,
  detail: string,
  params: readonly string[],
): never {
  throw rejection(request, statusCode, code, detail, params);
}

function rejection(
  request: Request,
  statusCode: number,
  code: string,
  detail: string,
  params: readonly string[],
  event: NonNullable<Refusal["event"]> = "input_validation_fail",
  headers: Readonly<Record<string, string>> = {},
): PublicError {
  const refusal = { statusCode, code, detail, params, event, headers, source: SOURCE };
  return refusalOf(request, refusal);
}

/** Refuses a request that exceeds the limit called `name`. */
export function rejectExcess(
  request: Request,
  limits: Limits,
  name: keyof Limits,
  params?: readonly string[],
): never {
  throw excess(request, limits, name, params);
}

function excess(
  request: Request,
  limits: Limits,
  name: keyof Limits,
  params: readonly string[] = [LIMITS[name][2], paramOf(name)],
): PublicError {
  const [, unit, , statusCode, code] = LIMITS[name];
  const detail = `The request has more than ${limits[name]} ${unit}.`;
  return rejection(request, statusCode, code, detail, params);
}

/** What a structure that reaches a prototype is called. */
export const FORBIDDEN_NAME = "forbidden_name";

/** Refuses an event whose own structure has a fault. */
export function rejectEvent(request: Request, limits: Limits, fault: StructureFault): never {
  throw eventFault(request, limits, fault);
}

function eventFault(request: Request, limits: Limits, fault: StructureFault): PublicError {
  if (fault !== "forbiddenName") return excess(request, limits, fault, ["event", paramOf(fault)]);
  const detail = "The request has a name that reaches a prototype.";
  return rejection(request, 400, FORBIDDEN_NAME, detail, ["event", FORBIDDEN_NAME]);
}

/** What the limits on a body mean for a form: what they count, and the code of more. */
const FORM_LIMITS: { readonly [Name in keyof FormLimits]: readonly [unit: string, code: string] } =
  {
    maxKeys: ["fields in a form", "form_too_many_fields"],
    maxStringLength: ["characters in a name or value of a form", "form_value_too_long"],
  };

/** Refuses a form that exceeds the limit called `name`. */
export function rejectForm(request: Request, limits: Limits, name: keyof FormLimits): never {
  const [unit, code] = FORM_LIMITS[name];
  const detail = `The request has more than ${limits[name]} ${unit}.`;
  reject(request, 400, code, detail, ["body", paramOf(name)]);
}

/** `maxDepth` is `max_depth` in a security event. */
export const paramOf = (name: string): string => name.replace(/[A-Z]/g, "_$&").toLowerCase();

/** Refuses an event in which a part is of a type that no HTTP integration gives it. */
export function rejectType(request: Request, part: string): never {
  const detail = `The ${part} cannot come from an HTTP request.`;
  return reject(request, 400, `invalid_${part}`, detail, [part, "type"]);
}

/**
 * Refuses a value that is not one of the few that are accepted; the headers tell which these are.
 * The vocabulary has a name of its own for that, as a client does not send such a value by mistake.
 */
export function rejectChoice(
  request: Request,
  statusCode: number,
  code: string,
  what: string,
  headers?: Readonly<Record<string, string>>,
): never {
  throw choice(request, statusCode, code, what, headers);
}

function choice(
  request: Request,
  statusCode: number,
  code: string,
  what: string,
  headers?: Readonly<Record<string, string>>,
): PublicError {
  const detail = `The request has no accepted ${what}.`;
  const event = "input_validation_discrete_fail";
  return rejection(request, statusCode, code, detail, [what.replace(" ", "_")], event, headers);
}
