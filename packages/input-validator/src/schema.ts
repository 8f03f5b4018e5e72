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

/** Validates a value, now or later. */
export type Validate = (value: unknown) => Outcome | PromiseLike<Outcome>;

/** Some libraries have schemas that are objects, others functions (ArkType). */
export const schema: OptionRule = {
  expected: "a Standard Schema (of Zod, Valibot, ArkType or another library that implements it)",
  accepts: (value) =>
    (typeof value === "function" || (typeof value === "object" && value !== null)) &&
    typeof (value as Partial<StandardSchemaV1>)["~standard"]?.validate === "function",
};

/** The validation of a schema, looked up once: Zod and ArkType compute `~standard` when it is read. */
export function validationOf(given: StandardSchemaV1): Validate {
  const standard = given["~standard"];
  return (value) => standard.validate(value);
}

/** Whether the outcome is still to come. */
export const isPending = (
  outcome: Outcome | PromiseLike<Outcome>,
): outcome is PromiseLike<Outcome> => "then" in outcome;
