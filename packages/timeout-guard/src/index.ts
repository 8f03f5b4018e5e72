/**
 * A deadline for everything that an invocation does.
 *
 * @module
 */
export { type Deadline, deadlineOf } from "@middy-hardening/core";
