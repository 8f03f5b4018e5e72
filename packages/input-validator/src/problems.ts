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

/** A kind of problem: its code, what it says, and the issues it stands for. */
type Kind = readonly [code: ProblemCode, detail: string, names?: RegExp];

const UNKNOWN_FIELD: Kind = ["unknown_field", "The value is unknown."];
const REQUIRED: Kind = ["required", "The value is required."];

/** For what an issue has as `code kind type`, the first kind that matches; the last one always does. */
const KINDS: readonly Kind[] = [
  ["too_small", "The value is too small or too short.", /\b(too_small|min|non_empty|gt_|after)/],
  ["too_big", "The value is too big or too long.", /\b(too_big|max|lt_|before)/],
  ["value", "The value is not an allowed one.", /\b(invalid_value|unit|picklist|enum|literal)\b/],
  [
    "type",
    "The value has the wrong type.",
    /^(invalid_type|domain|proto)\b|^ schema (?!union|variant|custom)/,
  ],
  [
    "format",
    "The value has the wrong format.",
    /^(invalid_format|not_mul|pattern|divisor)|^ validation (?!\w*check)/,
  ],
  ["invalid", "The value is not valid.", /^/],
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
    if (problems.length === MAX_PROBLEMS) return;
    let pointer = "#";
    let value = input;
    const path = issue.path ?? [];
    for (let index = 0; index < path.length && index < MAX_SEGMENTS; index++) {
      const segment = path[index] as PropertyKey | StandardSchemaV1.PathSegment;
      const key = typeof segment === "object" ? segment.key : segment;
      pointer += `/${segmentOf(key)}`;
      // Only to know whether there is one.
      value = (value as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key];
    }
    const { keys } = issue;
    if (keys === undefined || keys.length === 0) {
      problems.push(problemOf(part, pointer, kindOf(issue, value)));
      continue;
    }
    // Zod reports the unknown names of an object together, at the object.
    for (const key of keys) {
      if (problems.length === MAX_PROBLEMS) return;
      problems.push(problemOf(part, `${pointer}/${segmentOf(key)}`, UNKNOWN_FIELD));
    }
  }
}

const problemOf = (part: Part, pointer: string, [code, detail]: Kind): Problem =>
  part === "body" ? { pointer, code, detail } : { in: part, pointer, code, detail };

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
  let known = knownKinds.get(name);
  if (known === undefined) {
    known = KINDS.find(([, , names]) => names?.test(name)) as Kind;
    // Names are of the libraries and schemas, so that they are few.
    if (knownKinds.size < MAX_KNOWN_KINDS) knownKinds.set(name, known);
  }
  return known;
}

/** What {@link KINDS} says of a name: to ask it for each issue took a tenth of a refusal. */
const knownKinds = new Map<string, Kind>();

const MAX_KNOWN_KINDS = 100;

/** Names that stand for themselves in a pointer, as most do. */
const PLAIN_NAME = /^[\w$.-]{0,64}$/;

/**
 * A name as a segment of a pointer (RFC 6901, sections 3 and 6). ASCII characters that no fragment
 * may hold are percent-encoded; letters of other scripts stay as they are (RFC 3987).
 */
function segmentOf(key: PropertyKey): string {
  const name = String(key);
  // An eighth of a refusal with ten problems is saved here.
  if (PLAIN_NAME.test(name)) return name;
  return printable(name, 64)
    .replaceAll("~", "~0")
    .replaceAll("/", "~1")
    .replace(/[ "#%<>[\\\]^`{|}]/g, encodeURIComponent);
}
