/**
 * What Middy hands to an execution mode; its own types keep silent about it.
 *
 * @module
 */
import type { Request } from "@middy/core";

export type Hook = (request: Request) => unknown;

export type Handler = (
  event: unknown,
  context: unknown,
  options: { readonly signal: AbortSignal },
) => unknown;

/** The options of `middy(handler, options)`, as an execution mode finds them. */
export interface MiddyPlugin {
  /** Whether Middy's own timeout is on. */
  readonly timeoutEarly?: unknown;
  /** What Middy's own timeout answers. */
  readonly timeoutEarlyResponse?: () => unknown;
}

/** Runs the whole pipeline of a request. */
export type RunRequest = (
  request: Request,
  befores: readonly Hook[],
  handler: Handler,
  afters: readonly Hook[],
  onErrors: readonly Hook[],
  plugin: MiddyPlugin,
) => Promise<unknown>;

export type ExecutionMode = (
  core: { readonly runRequest: RunRequest },
  ...pipeline: readonly unknown[]
) => unknown;
