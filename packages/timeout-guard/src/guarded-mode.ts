/**
 * The plugin: an execution mode whose pipeline, from the first `before` to the last `onError`, is
 * answered in time.
 *
 * @module
 */
import { deadlineOf, isPublicError } from "@middy-hardening/core";
import { DeadlineExceeded } from "./deadline-exceeded.ts";
import type { Guard, GuardedInvocation } from "./guard.ts";
import { completeEarly, passOn, replaceError } from "./hook-outcome.ts";
import type { InvocationDeadline } from "./invocation-deadline.ts";
import type { ExecutionMode, RunRequest } from "./middy-internals.ts";
import { failing, type Host, Race } from "./race.ts";
import { beginRun, stoppableHooks } from "./run.ts";

export function guardedMode(mode: ExecutionMode, guard: Guard, hasStreams: boolean): ExecutionMode {
  return (core, ...pipeline) => {
    const { runRequest } = core;
    return mode({ ...core, runRequest: guarded({ guard, runRequest, hasStreams }) }, ...pipeline);
  };
}

function guarded(host: Host): RunRequest {
  const { guard, runRequest } = host;
  const befores = stoppableHooks({ returned: completeEarly });
  const afters = stoppableHooks({ returned: passOn });
  const onErrors = stoppableHooks({
    begin(request, run) {
      run.errorHooks += 1;
      // Whoever heeds the signal fails in his own words, such as `AbortError`.
      if (run.errorHooks > 1 || isPublicError(request.error)) return;
      const deadline: Partial<InvocationDeadline> | undefined = deadlineOf(request.context);
      if (deadline?.hasPassed === true) {
        request.error = new DeadlineExceeded(guard.settings.statusCode, { cause: request.error });
      }
    },
    returned: passOn,
    thrown: replaceError,
  });
  return (request, givenBefores, handler, givenAfters, givenOnErrors, plugin) => {
    const before = befores(givenBefores);
    const after = afters(givenAfters);
    const onError = onErrors(givenOnErrors);
    let invocation: GuardedInvocation | undefined;
    try {
      invocation = guard.begin(request, true);
    } catch (error) {
      beginRun(request);
      return runRequest(request, [failing(error)], handler, after, onError, plugin);
    }
    if (invocation !== undefined) {
      const race = new Race(host, invocation, onError, plugin);
      invocation.enforcement = race;
      return race.start(before, handler, after);
    }
    // A Middy handler that another one calls is answered in time by the other.
    beginRun(request);
    return runRequest(request, before, handler, after, onError, plugin);
  };
}
