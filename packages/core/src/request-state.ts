/**
 * What this package keeps of one invocation, on its Middy request.
 *
 * A property of the request and no `WeakMap` keyed by it, because each of those costs the request
 * path more than the work that it would save. Its symbol is a registered one: an installation may
 * hold several copies of this package, and an invocation has to be one and the same to all.
 *
 * @module
 */
import type { Exclusion } from "./batch-response.ts";
import type { HttpResponse } from "./http-response.ts";
import type { Invocation } from "./invocation.ts";
import type { PublicError } from "./public-error.ts";
import type { Settlement } from "./settlement.ts";

const STATE = Symbol.for("middy-hardening.state");

interface RequestState {
  invocation: Invocation | undefined;
  settlement: Settlement | undefined;
  response: HttpResponse | undefined;
  exclusion: Exclusion | undefined;
  /** Whether a hook of the suite has completed the answer, or left the failure, of such an event. */
  isBatchCompleted: boolean;
  /** What the suite refused the request with. */
  refusal: PublicError | undefined;
}

/** The state of a Middy request, empty at first. */
export function stateOf(request: object): RequestState {
  // With all its members from the start: an object that grows is moved as it does.
  return ((request as { [STATE]?: RequestState })[STATE] ??= {
    invocation: undefined,
    settlement: undefined,
    response: undefined,
    exclusion: undefined,
    isBatchCompleted: false,
    refusal: undefined,
  });
}
