/**
 * What a caller may read of the issues that a schema library found.
 *
 * A library's message can hold the received value, and its list of issues can be as long as the
 * received array. So nothing of it goes out but the place, cut and escaped, and a code of ours.
 *
 * @module
 */
import { printable } from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/** A part of an invocation that has a schema. */
export type Part = "body" | "context" | "event" | "headers" | "path" | "query" | "response";

/** What each code says of a value. */
const DETAILS = {
  required: "is required",
  type: "has the wrong type",
  value: "is not an allowed one",
  too_small: "is too small or too short",
  too_big: "is too big or too long",
  format: "has the wrong format",
  unknown_field: "is unknown",
  invalid: "is not valid",
} as const;

/** What is wrong with a value. */
export type ProblemCode = keyof typeof DETAILS;

/** One entry of the `errors` of a refusal. */
export interface Problem {
  /** The part of the request; absent for the body. */
  readonly in?: Part;
  /** RFC 6901 JSON Pointer as a URI fragment, such as `#/items/0/quantity`. */
  readonly pointer: string;
  readonly code: ProblemCode;
  readonly detail: string;
}

/** Most problems that one answer tells. */
const MAX_PROBLEMS = 20;

/** Most segments of a pointer: a recursive schema lets the client choose the depth. */
const MAX_SEGMENTS = 32;

/** What the libraries have beside the standard on an issue. */
interface VendorIssue extends StandardSchemaV1.Issue {
  /** Zod, ArkType. */
  readonly code?: unknown;
  /** Valibot: `schema` or `validation`. */
  readonly kind?: unknown;
  /** Valibot. */
  readonly type?: unknown;
  /** Valibot, ArkType. */
  readonly expected?: unknown;
  /** Zod, of `unrecognized_keys`. */
  readonly keys?: readonly string[] | undefined;
}

/** What a schema found. */
export type Issues = readonly VendorIssue[];

/** The code for what an issue has as `code kind type`. The first that matches counts. */
const VENDOR_NAMES: readonly (readonly [ProblemCode, RegExp])[] = [
  ["too_small", /\b(too_small|min|non_empty|gt_|after)/],
  ["too_big", /\b(too_big|max|lt_|before)/],
  ["value", /\b(invalid_value|unit|picklist|enum|literal)\b/],
  ["type", /^(invalid_type|domain|proto)\b|^ schema (?!union|variant|custom)/],
  ["format", /^(invalid_format|not_mul|pattern|divisor)|^ validation (?!\w*check)/],
];

/** Adds the problems that `issues` tell of `input` until there are {@link MAX_PROBLEMS}. */
export function addProblems(
  problems: Problem[],
  part: Part,
  input: unknown,
  issues: readonly VendorIssue[],
): void {
  // A failure without issues is a failure all the same.
  for (const issue of issues.length === 0 ? [{ message: "" } as VendorIssue] : issues) {
    const parent = [...(issue.path ?? [])]
      .slice(0, MAX_SEGMENTS)
      .map((segment) => (typeof segment === "object" ? segment.key : segment));
    // Zod reports the unknown names of an object together, at the object.
    for (const key of issue.keys?.length ? issue.keys : [undefined]) {
      if (problems.length === MAX_PROBLEMS) return;
      const path = parent.concat(key ?? []);
      const code = codeOf(issue, valueAt(input, path));
      problems.push({
        ...(part !== "body" && { in: part }),
        pointer: ["#", ...path.map(segmentOf)].join("/"),
        code,
        detail: `The value ${DETAILS[code]}.`,
      });
    }
  }
}

function codeOf({ code, kind, type, expected, keys }: VendorIssue, value: unknown): ProblemCode {
  // As Zod, ArkType (`"+": "reject"`) and Valibot (`strictObject`) report an unknown name.
  if (keys || expected === "removed" || (expected === "never" && type === "strict_object")) {
    return "unknown_field";
  }
  // The libraries name this in ways that do not tell it from a wrong type.
  if (value === undefined) return "required";
  const name = `${code ?? ""} ${kind ?? ""} ${type ?? ""}`;
  return VENDOR_NAMES.find(([, names]) => names.test(name))?.[0] ?? "invalid";
}

/** The value that an issue is about; never one that an object inherits. */
const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      Object.hasOwn(Object(value), key) ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );

/**
 * A name as a segment of a pointer (RFC 6901, sections 3 and 6). ASCII characters that no fragment
 * may hold are percent-encoded; letters of other scripts stay as they are (RFC 3987).
 */
const segmentOf = (key: PropertyKey): string =>
  printable(String(key), 64)
    .replaceAll("~", "~0")
    .replaceAll("/", "~1")
    .replace(/[ "#%<>[\\\]^`{|}]/g, encodeURIComponent);
