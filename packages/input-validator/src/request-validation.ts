/**
 * Validating the parts of one invocation's request, one after the other.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { addProblems, type Part, type Problem, type ProblemCode } from "./problems.ts";
import { reject } from "./refusal.ts";
import { type Judged, judge } from "./schema.ts";

/** Reads the value that a schema gets. */
export type Reader = (request: Request, event: object) => unknown;

/** One part to validate. */
export interface Step extends Judged {
  readonly read: Reader;
}

/** The state of one invocation. */
interface Run {
  readonly request: Request;
  readonly steps: readonly Step[];
  /** As it came: the parts are read from it, whatever the schema of `event` makes of it. */
  readonly event: object;
  readonly problems: Problem[];
  /** What the schema of `event` returned; as it came without one. */
  output: unknown;
  /** What the schema of `context` returned. */
  context?: unknown;
  /** What the schemas of the parts returned, by property of the event. */
  parts?: Record<string, unknown>;
}

/**
 * Validates the request by `steps` and puts what their schemas return in its place.
 *
 * @throws PublicError 422 `validation_failed` or `too_deep`, and what reading a part throws.
 */
export function validateRequest(
  request: Request,
  steps: readonly Step[],
): undefined | Promise<undefined> {
  const event = request.event as object;
  return advance({ request, steps, event, problems: [], output: event }, 0);
}

/** Where the output of a part goes, if its property is called otherwise. */
const PROPERTIES: { readonly [Name in Part]?: string } = {
  query: "queryStringParameters",
  path: "pathParameters",
};

function advance(run: Run, index: number): undefined | Promise<undefined> {
  const step = run.steps[index];
  if (step === undefined) return finish(run);
  const { part } = step;
  const input = step.read(run.request, run.event);
  return judge(run.request, step, input, (outcome) => {
    if (outcome.issues) addProblems(run.problems, part, input, outcome.issues);
    else if (part === "event") run.output = outcome.value;
    else if (part === "context") run.context = outcome.value;
    else (run.parts ??= {})[PROPERTIES[part] ?? part] = outcome.value;
    return advance(run, index + 1);
  });
}

/** Refuses the request, or puts the outputs in place: nothing is changed before all is valid. */
function finish({ request, problems, output, context, parts }: Run): undefined {
  if (problems.length > 0) {
    const places = problems.map((problem) => (problem.in ?? "") + problem.pointer);
    const isAll = (code: ProblemCode): boolean => problems.every((one) => one.code === code);
    const event = isAll("unknown_field")
      ? "malicious_extraneous" // An attempt at mass assignment.
      : (`input_validation_${isAll("value") ? "discrete_fail" : "fail"}` as const);
    const detail = "The request is not valid; `errors` says where.";
    reject(request, 422, "validation_failed", detail, places, event, problems);
  }
  // Copied, because a schema's output may be frozen and what came may be shared.
  request.event = parts === undefined ? output : { ...(output as object), ...parts };
  // The context itself stays: it has methods.
  Object.assign(request.context, context);
  return undefined;
}
