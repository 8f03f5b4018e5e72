/**
 * What a caller may read of the issues that a schema library found.
 *
 * A library's message can hold the received value, and its list of issues can be as long as the
 * received array. So nothing of it goes out but the place, cut and escaped, and a code of ours.
 *
 * @module
 */
import { printable, type SecurityEventName } from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/** A part of an invocation that has a schema. */
export type Part =
  | "body"
  | "context"
  | "event"
  | "headers"
  | "path"
  | "query"
  | "record"
  | "response";

/** What is wrong with a value. */
export type ProblemCode =
  | "format"
  | "invalid"
  | "required"
  | "too_big"
  | "too_small"
  | "type"
  | "unknown_field"
  | "value";

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

/** A kind of problem: its code, what it says of a value, and the issues it stands for. */
type Kind = readonly [code: ProblemCode, predicate: string, names?: RegExp];

const UNKNOWN_FIELD: Kind = ["unknown_field", "is unknown"];
const REQUIRED: Kind = ["required", "is required"];

/** For what an issue has as `code kind type`, the first kind that matches; the last one always does. */
const KINDS: readonly Kind[] = [
  ["too_small", "is too small or too short", /\b(too_small|min|non_empty|gt_|after)/],
  ["too_big", "is too big or too long", /\b(too_big|max|lt_|before)/],
  ["value", "is not an allowed one", /\b(invalid_value|unit|picklist|enum|literal)\b/],
  [
    "type",
    "has the wrong type",
    /^(invalid_type|domain|proto)\b|^ schema (?!union|variant|custom)/,
  ],
  [
    "format",
    "has the wrong format",
    /^(invalid_format|not_mul|pattern|divisor)|^ validation (?!\w*check)/,
  ],
  ["invalid", "is not valid", /^/],
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
      const [code, predicate] = kindOf(issue, valueAt(input, path));
      problems.push({
        ...(part !== "body" && { in: part }),
        pointer: ["#", ...path.map(segmentOf)].join("/"),
        code,
        detail: `The value ${predicate}.`,
      });
    }
  }
}

/** The security event that tells of all these problems. */
export function eventOf(problems: readonly Problem[]): SecurityEventName {
  const isAll = (code: ProblemCode): boolean => problems.every((problem) => problem.code === code);
  // Nothing but unknown names is an attempt at mass assignment.
  if (isAll("unknown_field")) return "malicious_extraneous";
  return isAll("value") ? "input_validation_discrete_fail" : "input_validation_fail";
}

function kindOf({ code, kind, type, expected, keys }: VendorIssue, value: unknown): Kind {
  // As Zod, ArkType (`"+": "reject"`) and Valibot (`strictObject`) report an unknown name.
  if (keys || expected === "removed" || (expected === "never" && type === "strict_object")) {
    return UNKNOWN_FIELD;
  }
  // The libraries name this in ways that do not tell it from a wrong type.
  if (value === undefined) return REQUIRED;
  const name = `${code ?? ""} ${kind ?? ""} ${type ?? ""}`;
  return KINDS.find(([, , names]) => names?.test(name)) as Kind;
}

/** The value that an issue is about, only to know whether there is one. */
const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], input);

/**
 * A name as a segment of a pointer (RFC 6901, sections 3 and 6). ASCII characters that no fragment
 * may hold are percent-encoded; letters of other scripts stay as they are (RFC 3987).
 */
const segmentOf = (key: PropertyKey): string =>
  printable(String(key), 64)
    .replaceAll("~", "~0")
    .replaceAll("/", "~1")
    .replace(/[ "#%<>[\\\]^`{|}]/g, encodeURIComponent);
