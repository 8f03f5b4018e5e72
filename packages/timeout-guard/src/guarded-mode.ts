/**
 * The plugin: an execution mode whose pipeline, from the first `before` to the last `onError`, is
 * answered in time.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { isPublicError } from "@middy-hardening/core";
import { DeadlineExceeded } from "./deadline-exceeded.ts";
import type { Guard, GuardedInvocation } from "./guard.ts";
import { lastResort } from "./last-resort.ts";
import type { ExecutionMode, Handler, Hook, MiddyPlugin, RunRequest } from "./middy-internals.ts";
import { beginRun, type Run, stoppableHandler, stoppableHooks } from "./run.ts";
import { boundStream } from "./stream.ts";

/** Parts of the reserve: for a pipeline that was told to come to an end, and for the `onError` hooks. */
const GRACE = 1 / 2;
const ERROR_HOOKS = 1 / 4;

/** What a pipeline consists of. */
interface Pipeline {
  readonly befores: readonly Hook[];
  readonly handler: Handler;
  readonly afters: readonly Hook[];
  readonly onErrors: readonly Hook[];
  readonly plugin: MiddyPlugin;
}

export function guardedMode(mode: ExecutionMode, guard: Guard, hasStreams: boolean): ExecutionMode {
  return (core, ...pipeline) =>
    mode({ ...core, runRequest: guardedRun(core.runRequest, guard, hasStreams) }, ...pipeline);
}

const failing = (error: unknown): Hook =>
  function timeoutGuardDeadline() {
    throw error;
  };

function guardedRun(runRequest: RunRequest, guard: Guard, hasStreams: boolean): RunRequest {
  const { reserveMs, statusCode } = guard.settings;
  const befores = stoppableHooks();
  const afters = stoppableHooks();
  const onErrors = stoppableHooks((request, run) => {
    run.errorHooks += 1;
    // Whoever heeds the signal fails in his own words, such as `AbortError`.
    if (run.errorHooks > 1 || isPublicError(request.error)) return;
    if (guard.of(request)?.deadline.hasPassed === true) {
      request.error = new DeadlineExceeded(statusCode, { cause: request.error });
    }
  });

  const run = ({ befores, handler, afters, onErrors, plugin }: Pipeline, request: Request) =>
    runRequest(request, befores, handler, afters, onErrors, plugin);

  function race(
    request: Request,
    invocation: GuardedInvocation,
    pipeline: Pipeline,
    enforcement: { cut: () => void; run: Run },
  ): Promise<unknown> {
    const { deadline } = invocation;
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const close = (): void => {
        clearTimeout(timer);
        guard.end(request);
      };
      const giveUp = (error: unknown): void => {
        close();
        lastResort(request, error, statusCode, resolve, reject);
      };
      const fail = (error: unknown): void => {
        if (deadline.hasPassed) {
          giveUp(error);
          return;
        }
        close();
        reject(error);
      };
      const succeed = (response: unknown): void => {
        clearTimeout(timer);
        enforcement.cut = () => {};
        const streamed = hasStreams ? boundStream(response, deadline, close) : undefined;
        if (streamed === undefined) close();
        resolve(streamed ?? response);
      };
      /** One that is abandoned never comes to an end. */
      const follow = (work: Promise<unknown>): void => {
        work.then(succeed).catch(fail);
      };
      const abandon = (current: Run): void => {
        current.isAbandoned = true;
        deadline.abandonedPromises += 1;
      };
      const first = enforcement.run;

      /** The `onError` hooks make the answer: of the deadline, or of the error that they were about to answer. */
      const cut = (): void => {
        abandon(first);
        const { response, error } = request;
        const isFailing = first.errorHooks > 0;
        const second = beginRun(request, first.errorHooks);
        timer = setTimeout(() => {
          abandon(second);
          giveUp(undefined);
        }, reserveMs * ERROR_HOOKS);
        const restore: Hook = () => {
          request.response = response;
        };
        const rest = isFailing
          ? [restore, ...pipeline.onErrors.slice(first.errorHooks)]
          : pipeline.onErrors;
        const failure = failing(isFailing ? error : new DeadlineExceeded(statusCode));
        follow(run({ ...pipeline, befores: [failure], afters: [], onErrors: rest }, request));
      };
      enforcement.cut = () => {
        if (deadline.isWatched) timer = setTimeout(cut, reserveMs * GRACE);
        else cut();
      };
      follow(run(pipeline, request));
    });
  }

  return (request, given, handler, givenAfters, givenOnErrors, plugin) => {
    const first = beginRun(request);
    const enforcement = { run: first, cut: () => {} };
    const pipeline: Pipeline = {
      befores: befores(given),
      handler,
      afters: afters(givenAfters),
      onErrors: onErrors(givenOnErrors),
      plugin,
    };
    let invocation: GuardedInvocation | undefined;
    try {
      invocation = guard.begin(request, {
        place: () => first.place,
        onPassed: () => enforcement.cut(),
      });
    } catch (error) {
      return run({ ...pipeline, befores: [failing(error)] }, request);
    }
    if (invocation === undefined) return run(pipeline, request);
    const { deadline } = invocation;
    // Middy's signal aborts by Middy's timeout, which is off unless someone has put it on.
    const signal = plugin.timeoutEarly ? undefined : () => deadline.signal;
    const stoppable = { ...pipeline, handler: stoppableHandler(first, handler, signal) };
    return race(request, invocation, stoppable, enforcement);
  };
}
