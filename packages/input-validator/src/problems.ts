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

/** The part of an invocation that a schema is for. */
export type Part = "body" | "context" | "event" | "headers" | "path" | "query" | "response";

const DETAILS = {
  required: "The value is required.",
  type: "The value has the wrong type.",
  value: "The value is not one of the allowed values.",
  too_small: "The value is too small or too short.",
  too_big: "The value is too big or too long.",
  format: "The value has the wrong format.",
  unknown_field: "The field is not known.",
  invalid: "The value is not valid.",
} as const;

/** What is wrong with a value. */
export type ProblemCode = keyof typeof DETAILS;

/** One entry of the `errors` of a problem report. */
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

/** Deepest place that a pointer names in full: a recursive schema lets the client choose the depth. */
const MAX_SEGMENTS = 32;

/** What the libraries beside the standard put on an issue. */
interface VendorIssue extends StandardSchemaV1.Issue {
  /** Zod, ArkType. */
  readonly code?: unknown;
  /** Valibot. */
  readonly type?: unknown;
  /** Valibot, ArkType. */
  readonly expected?: unknown;
  /** Zod, of `unrecognized_keys`. */
  readonly keys?: unknown;
}

/** The names that Zod and ArkType (`code`) and Valibot (`type`) have for what is wrong. */
const VENDOR_NAMES: readonly (readonly [code: ProblemCode, names: RegExp])[] = [
  ["too_small", /^(?:too_small|min|non_empty|gt_value|after)/],
  ["too_big", /^(?:too_big|max|lt_value|before)/],
  ["value", /^(?:invalid_value|unit|picklist|enum|literal)$/],
  [
    "type",
    /^(?:invalid_type|domain|proto|string|number|boolean|bigint|date|null|array|record|(?:\w+_)?(?:object|tuple)(?:_with_rest)?)$/,
  ],
  [
    "format",
    /^(?:invalid_format|pattern|regex|(?:not_)?multiple_of|divisor|(?:safe_)?integer|iso_|(?:rfc_)?email|url|uuid|ulid|nanoid|cuid2|ip|mac|hex|digits|decimal|base64|slug|starts_with|ends_with|parse_json)/,
  ],
];

/** Adds the problems that `issues` tell of `input` until there are {@link MAX_PROBLEMS}. */
export function addProblems(
  problems: Problem[],
  part: Part,
  input: unknown,
  issues: readonly VendorIssue[],
): void {
  const add = (path: readonly PropertyKey[], code: ProblemCode): void => {
    if (problems.length === MAX_PROBLEMS) return;
    const problem = { pointer: pointerTo(path), code, detail: DETAILS[code] };
    problems.push(part === "body" ? problem : { in: part, ...problem });
  };
  // A failure without issues is a failure all the same.
  if (issues.length === 0) add([], "invalid");
  for (let index = 0; index < issues.length && problems.length < MAX_PROBLEMS; index++) {
    const issue = issues[index] as VendorIssue;
    const path = pathOf(issue);
    if (issue.code === "unrecognized_keys" && Array.isArray(issue.keys)) {
      for (const key of issue.keys.slice(0, MAX_PROBLEMS)) add([...path, key], "unknown_field");
    } else {
      add(path, isMissing(input, path, issue) ? "required" : codeOf(issue));
    }
  }
}

/** Where a problem is, for security events and messages: `#/sku`, or `query#/limit`. */
export const placeOf = (problem: Problem): string => `${problem.in ?? ""}${problem.pointer}`;

function codeOf(issue: VendorIssue): ProblemCode {
  if (isUnknownField(issue)) return "unknown_field";
  const name = String(issue.code ?? issue.type);
  for (const [code, names] of VENDOR_NAMES) if (names.test(name)) return code;
  return "invalid";
}

/** As Valibot (`strictObject`) and ArkType (`"+": "reject"`) report a field that is not in the schema. */
const isUnknownField = ({ type, code, expected }: VendorIssue): boolean =>
  (type === "strict_object" && expected === "never") ||
  (code === "predicate" && expected === "removed");

/** At most one segment more than a pointer shows, whatever the path's length. */
const pathOf = ({ path = [] }: VendorIssue): PropertyKey[] =>
  path
    .slice(0, MAX_SEGMENTS + 1)
    .map((segment) => (typeof segment === "object" ? segment.key : segment));

/** No library names a missing value in a way of its own, but there is none at the issue's path. */
function isMissing(input: unknown, path: readonly PropertyKey[], issue: VendorIssue): boolean {
  let value = input;
  for (const key of path.length > MAX_SEGMENTS ? [] : path) {
    if (typeof value !== "object" || value === null) return false;
    value = Object.hasOwn(value, key) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value === undefined && !isUnknownField(issue);
}

function pointerTo(path: readonly PropertyKey[]): string {
  let pointer = "#";
  for (const key of path.slice(0, MAX_SEGMENTS)) pointer += `/${segmentOf(String(key))}`;
  return path.length > MAX_SEGMENTS ? `${pointer}/…` : pointer;
}

/**
 * A name as a segment of a pointer (RFC 6901, sections 3 and 6). ASCII characters that no fragment
 * may hold are percent-encoded; letters of other scripts stay as they are (RFC 3987).
 */
const segmentOf = (name: string): string =>
  printable(name, 64)
    .toWellFormed()
    .replaceAll("~", "~0")
    .replaceAll("/", "~1")
    .replace(/[ "#%<>[\\\]^`{|}]/g, encodeURIComponent);
