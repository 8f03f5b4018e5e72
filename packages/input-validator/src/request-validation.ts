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
  /** What the schema of `event` returned; as it came without one. */
  output: unknown;
  /** What the schema of `context` returned. */
  context: unknown;
  /** What the schemas of the parts returned, by property of the event. */
  parts: Record<string, unknown> | undefined;
}

/** Where the output of a part goes on the event. */
const PROPERTIES: { readonly [Name in Part]?: string } = {
  body: "body",
  query: "queryStringParameters",
  path: "pathParameters",
  headers: "headers",
};

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
  const run: Run = {
    request,
    steps,
    event,
    problems: [],
    output: event,
    context: undefined,
    parts: undefined,
  };
  return advance(run, 0);
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
  return finish(run);
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

function accept(run: Run, { part }: Step, input: unknown, outcome: Outcome): void {
  const property = PROPERTIES[part];
  if (outcome.issues) addProblems(run.problems, part, input, outcome.issues);
  else if (property !== undefined) (run.parts ??= {})[property] = outcome.value;
  else if (part === "event") run.output = outcome.value;
  else run.context = outcome.value;
}

/** Refuses the request, or puts the outputs in place: nothing is changed before all is valid. */
function finish({ request, problems, output, context, parts }: Run): undefined {
  if (problems.length > 0) refuseInvalid(request, problems);
  // Copied, because a schema's output may be frozen and what came may be shared.
  request.event = parts === undefined ? output : { ...(output as object), ...parts };
  assignFields(request.context, context);
  return undefined;
}

/** The context keeps its methods: it gets the fields of what its schema returned. */
function assignFields(context: object, fields: unknown): void {
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (name !== "__proto__") (context as Record<string, unknown>)[name] = value;
  }
}

function refuseInvalid(request: Request, problems: readonly Problem[]): never {
  return refuse(request, {
    statusCode: 422,
    code: "validation_failed",
    detail: "The request is not valid; its errors are listed.",
    extensions: { errors: problems },
    source: SOURCE,
    event: eventNameOf(problems),
    params: problems.map(placeOf),
  });
}

/** Nothing but unknown fields is an attempt at mass assignment; nothing but values off a list is a discrete failure. */
function eventNameOf(problems: readonly Problem[]): SecurityEventName {
  const isAll = (code: ProblemCode): boolean => problems.every((problem) => problem.code === code);
  if (isAll("unknown_field")) return "malicious_extraneous";
  return isAll("value") ? "input_validation_discrete_fail" : "input_validation_fail";
}
