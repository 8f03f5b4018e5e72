/**
 * Calling a Standard Schema, of whatever library it is.
 *
 * @module
 * @see https://standardschema.dev/schema
 */
import type { OptionRule } from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/** What a schema says of a value. */
export type Outcome = StandardSchemaV1.Result<unknown>;

/** What judges a value. It is read from a schema once: some libraries make it anew each time. */
export type Standard = StandardSchemaV1["~standard"];

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
 * @param tooDeep is called when a recursive schema runs out of stack; whatever else a schema throws
 *   is its defect and goes through.
 */
export function judge(
  standard: Standard,
  value: unknown,
  next: (outcome: Outcome) => undefined | Promise<undefined>,
  tooDeep: (error: unknown) => undefined,
): undefined | Promise<undefined> {
  const caught = (error: unknown): undefined => {
    if (!/^RangeError: Maximum call/.test(String(error))) throw error;
    return tooDeep(error);
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
