/**
 * How a group is to be measured.
 *
 * @module
 */
import type { Effort } from "./interleave.ts";

export interface GroupSettings {
  readonly isQuick: boolean;
  readonly effort: Effort;
}

/** By how much budgets are widened for figures of few rounds. */
export const QUICK_ALLOWANCE = 1.3;

export const settingsOf = (isQuick: boolean): GroupSettings => ({
  isQuick,
  effort: isQuick
    ? { rounds: 5, batchMs: 10, warmUpMs: 400 }
    : { rounds: 31, batchMs: 20, warmUpMs: 1500 },
});
