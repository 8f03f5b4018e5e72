/**
 * Calling a Standard Schema, of whatever library it is.
 *
 * @module
 * @see https://standardschema.dev/schema
 */
import type { Request } from "@middy/core";
import type { OptionRule } from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Part } from "./problems.ts";
import { reject } from "./refusal.ts";

/** What a schema says of a value. */
export type Outcome = StandardSchemaV1.Result<unknown>;

/** A part of the invocation with what judges it. */
export interface Judged {
  readonly part: Part;
  /** Read once from the schema: some libraries make it anew each time. */
  readonly standard: StandardSchemaV1["~standard"];
}

/** Some libraries have schemas that are objects, others functions (ArkType). */
export const schema: OptionRule = {
  expected: "a Standard Schema",
  accepts: (value) =>
    typeof (value as Partial<StandardSchemaV1> | null)?.["~standard"]?.validate === "function",
};

/**
 * Validates a value and goes on with the outcome: at once, so that a synchronous schema costs no
 * promise, or when it is there.
 *
 * @throws PublicError 422 `too_deep` when a recursive schema runs out of stack; whatever else a
 *   schema throws is its defect and goes through.
 */
export function judge(
  request: Request,
  { part, standard }: Judged,
  value: unknown,
  next: (outcome: Outcome) => undefined | Promise<undefined>,
): undefined | Promise<undefined> {
  const caught = (error: unknown): never => {
    // The response is not the client's doing.
    if (!(error instanceof RangeError) || part === "response") throw error;
    return reject(request, 422, "too_deep", `The ${part} is nested too deeply.`, [part]);
  };
  let outcome: Outcome | PromiseLike<Outcome>;
  try {
    outcome = standard.validate(value);
  } catch (error) {
    return caught(error);
  }
  // A real promise whatever the library returns: Middy awaits no other.
  return "then" in outcome ? Promise.resolve(outcome).then(next, caught) : next(outcome);
}
