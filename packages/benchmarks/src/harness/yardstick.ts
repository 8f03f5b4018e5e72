/**
 * Work that budgets given as a time are measured by, so that they are ratios on any machine.
 *
 * @module
 */
import { orderOf } from "./scenarios.ts";

const order = JSON.stringify(orderOf(10));

/** Parses the order of ten items. */
export const yardstick = (): unknown => JSON.parse(order);

/** How long that takes on the machine of the design's budgets. */
export const YARDSTICK_US = 2.55;
