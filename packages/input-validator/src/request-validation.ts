/**
 * Validating the parts of one invocation's request, one after the other.
 *
 * @module
 */
import type { Request } from "@middy/core";
import type { PublicError } from "@middy-hardening/core";
import { addProblems, eventOf, type Part, type Problem } from "./problems.ts";
import { reject, rejection } from "./refusal.ts";
import { judge, type Outcome, type Standard } from "./schema.ts";

/** Reads the value that a schema gets. */
export type Reader = (request: Request, event: object) => unknown;

/** One part to validate. */
export interface Step {
  readonly part: Part;
  readonly standard: Standard;
  readonly read: Reader;
}

/** Where the output of a part goes, if its property is called otherwise. */
const PROPERTIES: { readonly [Name in Part]?: string } = {
  query: "queryStringParameters",
  path: "pathParameters",
};

/** The validation of one request. */
interface Validation {
  readonly request: Request;
  readonly steps: readonly Step[];
  /** The event as it came. */
  readonly event: object;
  readonly problems: Problem[];
  /** What the schemas made of the event, the context and the parts that have one. */
  output: unknown;
  context: unknown;
  parts: Record<string, unknown> | undefined;
}

/**
 * Validates the request by `steps`, in order, and puts what their schemas return in its place.
 * The parts are read from the event as it came, whatever the schema of `event` makes of it.
 *
 * @throws PublicError 422 `validation_failed` or `too_deep`, and what reading a part throws.
 */
export function validateRequest(
  request: Request,
  steps: readonly Step[],
): undefined | Promise<undefined> {
  const validation = validationOf(request, steps);
  const pending = judgeFrom(validation, 0);
  return pending ? pending.then(() => finish(validation)) : finish(validation);
}

function validationOf(request: Request, steps: readonly Step[]): Validation {
  const event = request.event as object;
  return {
    request,
    steps,
    event,
    problems: [],
    output: event,
    context: undefined,
    parts: undefined,
  };
}

/**
 * Reads and judges the parts from the step at `first` on.
 *
 * No function inside another one, and no throwing of what is wrong: see core's `refusalOf`.
 */
function judgeFrom(validation: Validation, first: number): undefined | Promise<undefined> {
  const { request, steps, event } = validation;
  for (let index = first; index < steps.length; index++) {
    const { part, standard, read } = steps[index] as Step;
    const input = read(request, event);
    const pending = judge(
      standard,
      input,
      (outcome) => keep(validation, part, input, outcome),
      () => reject(request, 422, "too_deep", `The ${part} is nested too deeply.`, [part]),
    );
    if (pending) return pending.then(() => judgeFrom(validation, index + 1));
  }
  return undefined;
}

function keep(validation: Validation, part: Part, input: unknown, outcome: Outcome): undefined {
  if (outcome.issues) addProblems(validation.problems, part, input, outcome.issues);
  else if (part === "event") validation.output = outcome.value;
  else if (part === "context") validation.context = outcome.value;
  else (validation.parts ??= {})[PROPERTIES[part] ?? part] = outcome.value;
  return undefined;
}

/** Nothing is changed before all is valid. */
function finish({ request, problems, output, context, parts }: Validation): undefined {
  if (problems.length > 0) throw invalidity(request, problems);
  // Copied, because a schema's output may be frozen and what came may be shared.
  request.event = parts ? { ...(output as object), ...parts } : output;
  // The context itself stays: it has methods.
  Object.assign(request.context, context);
  return undefined;
}

function invalidity(request: Request, errors: readonly Problem[]): PublicError {
  return rejection(
    request,
    422,
    "validation_failed",
    "The request is not valid.",
    errors.map((error) => (error.in ?? "") + error.pointer),
    eventOf(errors),
    { errors },
  );
}
