import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** As the runtime does on Lambda Managed Instances: each invocation runs in a context of its own. */
interface InvokeStore {
  run<T>(context: Record<symbol, unknown>, work: () => T): T;
}

/** Where the runtime itself puts what it knows of an invocation. */
const REQUEST_ID = Symbol.for("_AWS_LAMBDA_REQUEST_ID");
const TRACE_ID = Symbol.for("_AWS_LAMBDA_X_RAY_TRACE_ID");

/**
 * Sets up the store that the runtime and Powertools share, while the environment says that invocations
 * may run at the same time (`AWS_LAMBDA_MAX_CONCURRENCY`).
 *
 * @returns what runs an invocation in a context of its own.
 */
export async function managedInstances(): Promise<
  <T>(requestId: string, trace: string, invocation: () => T) => T
> {
  const fromPowertools = createRequire(import.meta.resolve("@aws-lambda-powertools/logger"));
  const path = fromPowertools.resolve("@aws/lambda-invoke-store");
  const { InvokeStore } = (await import(pathToFileURL(path).href)) as {
    InvokeStore: { getInstanceAsync(): Promise<InvokeStore> };
  };
  const store = await InvokeStore.getInstanceAsync();
  return (requestId, trace, invocation) =>
    store.run({ [REQUEST_ID]: requestId, [TRACE_ID]: `Root=${trace}` }, invocation);
}
