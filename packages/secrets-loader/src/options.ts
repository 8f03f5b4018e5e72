/**
 * The check of this package's options.
 *
 * @module
 */
import { checkOptions, type OptionRule } from "@middy-hardening/core";

/** This package, in messages and security events. */
export const SOURCE = "@middy-hardening/secrets-loader";

/**
 * Checks options as core does, and that the needed ones are there.
 *
 * @param place where in this package's options they stand, as a message says it.
 * @throws TypeError
 */
export function check<Options extends object>(
  place: string,
  options: Options,
  rules: { readonly [Name in keyof Required<Options>]: OptionRule },
  ...needed: readonly (keyof Options)[]
): Options {
  const given = { ...options };
  // What is undefined would be passed over.
  for (const name of needed) given[name] ??= null as never;
  return checkOptions(`${SOURCE}${place}`, given, rules);
}
