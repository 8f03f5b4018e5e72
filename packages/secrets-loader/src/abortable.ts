/**
 * The abort signal of a load, handed to the SDK calls that a Powertools provider makes for it.
 *
 * A provider calls `this.client.send(command)` and has no parameter for a signal. So its client is
 * replaced by one that adds the signal of the load in which the call is made.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";

interface SdkClient {
  send(...args: unknown[]): unknown;
}

const signalOfLoad = new AsyncLocalStorage<AbortSignal>();

const abortableClients = new WeakSet<object>();

/** Runs `work`; the SDK calls made in it, at whatever depth, are aborted with `signal`. */
export const withSignal = <T>(signal: AbortSignal, work: () => T): T =>
  signalOfLoad.run(signal, work);

/** Makes the calls of a provider abortable; those outside of a load stay as they are. */
export function makeAbortable<Provider extends object>(provider: Provider): Provider {
  const { client } = provider as { readonly client?: SdkClient };
  if (!client?.send || abortableClients.has(client)) return provider;
  const send = (...args: unknown[]): unknown => {
    const abortSignal = signalOfLoad.getStore();
    return client.send(...args, ...(abortSignal ? [{ abortSignal }] : []));
  };
  const abortable: object = Object.create(client, { send: { value: send } });
  abortableClients.add(abortable);
  Reflect.set(provider, "client", abortable);
  return provider;
}
