/**
 * Validating the parts of one invocation's request, one after the other.
 *
 * Synchronous as long as the schemas are: the first promise hands the rest over to an async
 * function.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { refuse, type SecurityEventName } from "@middy-hardening/core";
import { addProblems, type Part, type Problem, type ProblemCode, placeOf } from "./problems.ts";
import { isPending, type Outcome, type Validate } from "./schema.ts";
import { SOURCE } from "./source.ts";

/** One part to validate. */
export interface Step {
  readonly part: Part;
  readonly validate: Validate;
  /** The value that the schema gets. */
  read(request: Request, event: object): unknown;
}

/** The state of one invocation. */
interface Run {
  readonly request: Request;
  readonly steps: readonly Step[];
  /** As it came: the parts are read from it, whatever the schema of `event` makes of it. */
  readonly event: object;
  readonly problems: Problem[];
  /** What the schemas returned, by part. */
  readonly outputs: Map<Part, unknown>;
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
  return advance({ request, steps, event, problems: [], outputs: new Map() }, 0);
}

function advance(run: Run, from: number): undefined | Promise<undefined> {
  for (let index = from; index < run.steps.length; index++) {
    const step = run.steps[index] as Step;
    const input = step.read(run.request, run.event);
    let outcome: Outcome | PromiseLike<Outcome>;
    try {
      outcome = step.validate(input);
    } catch (error) {
      throwForCaller(run, step, error);
    }
    if (isPending(outcome)) return advanceLater(run, index, input, outcome);
    accept(run, step, input, outcome);
  }
  finish(run);
}

async function advanceLater(
  run: Run,
  index: number,
  input: unknown,
  pending: PromiseLike<Outcome>,
): Promise<undefined> {
  const step = run.steps[index] as Step;
  let outcome: Outcome;
  try {
    outcome = await pending;
  } catch (error) {
    throwForCaller(run, step, error);
  }
  accept(run, step, input, outcome);
  return advance(run, index + 1);
}

/** A recursive schema runs out of stack on deep input: the client's doing. All else is a defect. */
function throwForCaller(run: Run, step: Step, error: unknown): never {
  if (!(error instanceof RangeError && error.message.includes("call stack"))) throw error;
  return refuse(run.request, {
    statusCode: 422,
    code: "too_deep",
    detail: `The ${step.part} is nested too deeply.`,
    source: SOURCE,
    params: [step.part],
  });
}

function accept(run: Run, step: Step, input: unknown, outcome: Outcome): void {
  if (outcome.issues) addProblems(run.problems, step.part, input, outcome.issues);
  else run.outputs.set(step.part, outcome.value);
}
