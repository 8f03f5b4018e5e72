/**
 * One invocation of a handler with a batch, as an event source mapping makes it: killed at the
 * function's timeout, and its answer read as Lambda reads it.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type InvocationOutcome, type InvokableHandler, invoke } from "../invoke.ts";
import { lambdaContext } from "../lambda-context.ts";
import { reportedFailures } from "./batch-response.ts";

/** How the function and its event source mapping are configured, whatever the source. */
export interface BatchSettings {
  readonly functionTimeoutMs: number;
  readonly reportBatchItemFailures: boolean;
  readonly onInvocation: OnInvocation | undefined;
}

/** Told of every invocation; its outcome is `undefined` when it was killed at its timeout. */
export type OnInvocation = (event: unknown, outcome: InvocationOutcome | undefined) => void;

/** An invocation, for the work that it does to be told from that of others. */
export interface BatchInvocation {
  readonly requestId: string;
  /** Whether it has answered or was killed. */
  isOver: boolean;
}

/** What became of a batch: the records that its answer reports, or why all of it has failed. */
export type BatchOutcome = { readonly reported: readonly string[] } | "failed" | "timed out";

const current = new AsyncLocalStorage<BatchInvocation>();

/** The invocation that the caller's code belongs to, over or not. */
export const currentInvocation = (): BatchInvocation | undefined => current.getStore();

/** Invokes a handler with the event of a batch. What a killed invocation still does has no effect on its outcome. */
export async function invokeBatch(
  handler: InvokableHandler,
  event: object,
  ids: readonly string[],
  requestId: string,
  { functionTimeoutMs, reportBatchItemFailures, onInvocation }: BatchSettings,
): Promise<BatchOutcome> {
  const invocation: BatchInvocation = { requestId, isOver: false };
  const context = lambdaContext({ awsRequestId: requestId, timeoutMs: functionTimeoutMs });
  const killed = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => killed.resolve(undefined), functionTimeoutMs);
  const run = current.run(invocation, () => invoke(handler, event, context));
  const outcome = await Promise.race([run, killed.promise]);
  clearTimeout(timer);
  invocation.isOver = true;
  onInvocation?.(event, outcome);
  if (outcome === undefined) return "timed out";
  if (outcome.error !== undefined) return "failed";
  if (!reportBatchItemFailures) return { reported: [] };
  const reported = reportedFailures(outcome.result, ids);
  return reported === undefined ? "failed" : { reported };
}
