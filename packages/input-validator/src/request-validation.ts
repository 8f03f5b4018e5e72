/**
 * Validating the parts of one invocation's request, one after the other.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { addProblems, eventOf, type Part, type Problem } from "./problems.ts";
import { reject } from "./refusal.ts";
import { judge, type Standard } from "./schema.ts";

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
  const event = request.event as object;
  const problems: Problem[] = [];
  let output: unknown = event;
  let context: unknown;
  let parts: Record<string, unknown> | undefined;

  function advance(index: number): undefined | Promise<undefined> {
    const step = steps[index];
    if (!step) return finish();
    const { part } = step;
    const input = step.read(request, event);
    return judge(
      step.standard,
      input,
      (outcome) => {
        if (outcome.issues) addProblems(problems, part, input, outcome.issues);
        else if (part === "event") output = outcome.value;
        else if (part === "context") context = outcome.value;
        else (parts ??= {})[PROPERTIES[part] ?? part] = outcome.value;
        return advance(index + 1);
      },
      () => reject(request, 422, "too_deep", `The ${part} is nested too deeply.`, [part]),
    );
  }

  /** Nothing is changed before all is valid. */
  function finish(): undefined {
    if (problems.length > 0) rejectInvalid(request, problems);
    // Copied, because a schema's output may be frozen and what came may be shared.
    request.event = parts ? { ...(output as object), ...parts } : output;
    // The context itself stays: it has methods.
    Object.assign(request.context, context);
    return undefined;
  }

  return advance(0);
}

function rejectInvalid(request: Request, errors: readonly Problem[]): never {
  return reject(
    request,
    422,
    "validation_failed",
    "The request is not valid.",
    errors.map((error) => (error.in ?? "") + error.pointer),
    eventOf(errors),
    { errors },
  );
}
