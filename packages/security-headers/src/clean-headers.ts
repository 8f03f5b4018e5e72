/**
 * Taking out of a response the headers that would break out of the header section.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { type HttpResponse, publishSecurityEvent } from "@middy-hardening/core";
import { breaksOut, isFieldValue, isToken } from "./header-syntax.ts";
import { source } from "./source.ts";

/** At most this many names go into the security event. */
const MAX_REPORTED = 10;

/** Names that responses often have, and that tell nothing of the software in use. */
const COMMON = [
  "content-language",
  "content-length",
  "content-type",
  "etag",
  "last-modified",
  "location",
];

/**
 * Tells of a response whether its headers are texts in which nothing is to be cleaned, and none of them
 * is called as one of `own`. So it is with nearly all.
 *
 * @param isUnwelcome whether the header of a name in lower case is to be removed.
 * @param removed the names in lower case that the application removes.
 */
export function plainnessOf(
  isUnwelcome: (name: string) => boolean,
  removed: ReadonlySet<string>,
  own: Readonly<Record<string, string>>,
) {
  // Without the pattern of `isUnwelcome`, which takes 0.4 ms of a cold start to be compiled.
  const welcome = new Set(COMMON.filter((name) => !removed.has(name)));
  return ({ headers, multiValueHeaders, cookies, statusDescription }: HttpResponse): boolean => {
    if ((multiValueHeaders ?? cookies ?? statusDescription) !== undefined) return false;
    for (const name in headers) {
      const value = headers[name];
      if (typeof value !== "string" || !isFieldValue(value)) return false;
      const lowerName = name.toLowerCase();
      if (Object.hasOwn(own, lowerName)) return false;
      if (!welcome.has(lowerName) && (!isToken(name) || isUnwelcome(lowerName))) return false;
    }
    return true;
  };
}

/**
 * Cleans a response in place. What the handler still holds (lists of values, cookies) is
 * replaced, never changed.
 *
 * @param isUnwelcome whether the header of a name in lower case is to be removed anyway.
 * @returns the names of the headers that the response has, in lower case.
 */
export function cleanHeaders(
  request: Request,
  response: HttpResponse,
  isUnwelcome: (name: string) => boolean,
): Set<string> {
  const { headers, multiValueHeaders, cookies } = response;
  const present = new Set<string>();
  const removed: string[] = [];
  let isAttack = false;

  /** Whether a header can be written as it is; one that cannot is reported. */
  const isSound = (name: string, value: unknown): boolean => {
    if (value === undefined || value === null) return false; // Not set, as JSON has it.
    const isText = typeof value === "string";
    const isNamed = isToken(name);
    const isPlain = isText
      ? isFieldValue(value)
      : typeof value === "boolean" || Number.isFinite(value);
    if (isNamed && isPlain) return true;
    isAttack ||= !isNamed || (isText && breaksOut(value));
    removed.push(isNamed ? name : "(name)"); // The name itself may be a text of the caller's.
    return false;
  };

  for (const map of [headers, multiValueHeaders] as (Record<string, unknown> | undefined)[]) {
    for (const name in map) {
      const lowerName = name.toLowerCase();
      const values = map === headers ? [map[name]] : (map[name] as unknown[]);
      const sound = isUnwelcome(lowerName) ? [] : values.filter((value) => isSound(name, value));
      if (sound.length === 0) delete map[name];
      else {
        present.add(lowerName);
        if (map !== headers) map[name] = sound;
      }
    }
  }
  if (cookies !== undefined) {
    response.cookies = [cookies].flat().filter((cookie) => isSound("set-cookie", cookie));
  }
  // It becomes part of the status line, where a line break would begin a header.
  if (response.statusDescription !== undefined) {
    if (!isSound("statusDescription", response.statusDescription))
      delete response.statusDescription;
  }
  if (removed.length > 0) {
    publishSecurityEvent(request, {
      name: isAttack ? "malicious_extraneous" : "response_validation_fail",
      params: removed.slice(0, MAX_REPORTED),
      outcome: "blocked",
      description: "Invalid response headers were removed.",
      source,
    });
  }
  return present;
}
