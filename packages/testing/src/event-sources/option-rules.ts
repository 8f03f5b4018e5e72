/** Rules for options that only the simulations have. */
import type { OptionRule } from "@middy-hardening/core";

/** A whole number within bounds, both included. */
export const between = (least: number, most: number, unit = ""): OptionRule => ({
  expected: `a whole number from ${least} to ${most}${unit && ` (${unit})`}`,
  accepts: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
});
