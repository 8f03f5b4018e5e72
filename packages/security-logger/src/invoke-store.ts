/**
 * Powertools' state of an invocation on Lambda Managed Instances.
 *
 * @module
 */

interface InvokeStore {
  getXRayTraceId(): string | undefined;
  hasContext(): boolean;
  run<T>(context: object, work: () => T): T;
}

/**
 * Does `work` in an invocation's store, an empty one if there is none: on Lambda Managed Instances,
 * Powertools 2.35 can neither log nor keep persistent keys outside of an invocation ("No context
 * available"), as during the init phase.
 */
export function withinInvocation<T>(work: () => T): T {
  const isManaged = (process.env.AWS_LAMBDA_MAX_CONCURRENCY ?? "") !== "";
  const store = isManaged ? currentStore() : undefined;
  return store === undefined || store.hasContext() ? work() : store.run({}, work);
}

/** The runtime's own, where it has one. */
export const currentStore = (): InvokeStore | undefined =>
  (globalThis as { awslambda?: { InvokeStore?: InvokeStore } }).awslambda?.InvokeStore;
