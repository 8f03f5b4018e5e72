/**
 * State that all copies of this package in a process share.
 *
 * An installation may hold several copies, one for each range of versions that the middlewares
 * ask for; an invocation has to be one and the same to all of them.
 *
 * @module
 */

/** The state called `name`, made by the first copy that asks. */
export function shared<State>(name: string, make: () => State): State {
  const key = Symbol.for(`middy-hardening.${name}`);
  return ((globalThis as Record<symbol, unknown>)[key] ??= make()) as State;
}
