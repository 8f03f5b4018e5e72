/** A store of secrets that costs nothing. */
import type { ParameterProvider } from "@middy-hardening/secrets-loader";

/** Gives a new value each time, and counts. */
export function memoryProvider(): ParameterProvider & { readonly calls: number } {
  let calls = 0;
  const get = async (name: string) => `${name}: value number ${++calls} of forty characters`;
  return {
    get: get as ParameterProvider["get"],
    get calls() {
      return calls;
    },
  };
}
