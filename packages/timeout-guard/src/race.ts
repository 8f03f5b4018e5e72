/**
 * The pipeline of one request against its deadline.
 *
 * @module
 */
import { invocationOf } from "@middy-hardening/core";
import { DeadlineExceeded } from "./deadline-exceeded.ts";
import type { Enforcement, Guard, GuardedInvocation } from "./guard.ts";
import { lastResort } from "./last-resort.ts";
import type { Handler, Hook, MiddyPlugin, RunRequest } from "./middy-internals.ts";
import { beginRun, type Run, stoppableHandler, stoppableTimeout } from "./run.ts";
import { boundStream } from "./stream.ts";

/** What the requests of one Middy handler have in common. */
export interface Host {
  readonly guard: Guard;
  readonly runRequest: RunRequest;
  /** Whether what the pipeline answers may be a stream, which someone reads after it. */
  readonly hasStreams: boolean;
}

/** Part of the reserve in which a pipeline that was told to come to an end may do so. */
const GRACE = 1 / 2;
/** Part of the reserve after which there is an answer, whatever the `onError` hooks do. */
const ANSWER = 3 / 4;

/** A `before` with which a pipeline goes to its `onError` hooks at once. */
export const failing = (error: unknown): Hook =>
  function timeoutGuardDeadline() {
    throw error;
  };

export class Race implements Enforcement {
  readonly #host: Host;
  readonly #invocation: GuardedInvocation;
  readonly #onErrors: readonly Hook[];
  readonly #plugin: MiddyPlugin;
  readonly #answer = Promise.withResolvers<unknown>();
  #run: Run;
  #isAnswered = false;
  #passedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    host: Host,
    invocation: GuardedInvocation,
    onErrors: readonly Hook[],
    plugin: MiddyPlugin,
  ) {
    this.#host = host;
    this.#invocation = invocation;
    this.#onErrors = onErrors;
    this.#plugin = plugin;
    invocationOf(invocation.request); // Before anything can change the event.
    this.#run = beginRun(invocation.request);
  }

  /** @returns the answer, which is there in time. */
  start(befores: readonly Hook[], handler: Handler, afters: readonly Hook[]): Promise<unknown> {
    // Middy's signal aborts by Middy's timeout, which is off unless someone has put it on.
    const hasOwnTimeout = this.#plugin.timeoutEarly;
    const source = hasOwnTimeout ? undefined : this.#invocation.deadline;
    const plugin = hasOwnTimeout ? stoppableTimeout(this.#run, this.#plugin) : this.#plugin;
    const stoppable = stoppableHandler(this.#run, handler, source);
    this.#follow(befores, stoppable, afters, this.#onErrors, plugin);
    return this.#answer.promise;
  }

  get place(): string {
    return this.#run.place;
  }

  onPassed(): void {
    // Only the rest of a stream is to be sent.
    if (this.#isAnswered) return;
    this.#passedAt = performance.now();
    if (this.#invocation.deadline.isWatched) this.#after(GRACE, this.#cut);
    else this.#cut();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#isAnswered = true;
    this.#run.isAbandoned = true;
  }

  /** The `onError` hooks make the answer: of the deadline, or of the error that they were about to answer. */
  #cut(): void {
    const { request } = this.#invocation;
    const { response, error } = request;
    const { errorHooks } = this.#run;
    this.#abandon();
    this.#run = beginRun(request, errorHooks);
    this.#after(ANSWER, () => {
      this.#abandon();
      this.#giveUp(undefined);
    });
    if (errorHooks === 0) {
      const exceeded = new DeadlineExceeded(this.#host.guard.settings.statusCode);
      this.#follow([failing(exceeded)], unreachable, [], this.#onErrors);
    } else {
      const restore: Hook = () => {
        request.response = response;
      };
      const others = [restore, ...this.#onErrors.slice(errorHooks)];
      this.#follow([failing(error)], unreachable, [], others);
    }
  }

  /** A run that is abandoned never comes to an end. */
  #follow(
    befores: readonly Hook[],
    handler: Handler,
    afters: readonly Hook[],
    onErrors: readonly Hook[],
    plugin = this.#plugin,
  ): void {
    this.#host
      .runRequest(this.#invocation.request, befores, handler, afters, onErrors, plugin)
      .then((response) => this.#succeed(response))
      .catch((error: unknown) => this.#fail(error));
  }

  #succeed(response: unknown): void {
    clearTimeout(this.#timer);
    this.#isAnswered = true;
    const streamed = this.#host.hasStreams
      ? boundStream(response, this.#invocation.deadline, () => this.#close())
      : undefined;
    if (streamed === undefined) this.#close();
    this.#answer.resolve(streamed ?? response);
  }

  #fail(error: unknown): void {
    if (this.#invocation.deadline.hasPassed) {
      this.#giveUp(error);
    } else {
      this.#close();
      this.#answer.reject(error);
    }
  }

  #giveUp(error: unknown): void {
    this.#close();
    const { statusCode } = this.#host.guard.settings;
    lastResort(this.#invocation.request, error, statusCode, this.#answer);
  }

  #abandon(): void {
    this.#run.isAbandoned = true;
    this.#invocation.deadline.abandonedPromises += 1;
  }

  /** When that part of the reserve is over. */
  #after(part: number, act: () => void): void {
    const at = this.#passedAt + this.#host.guard.settings.reserveMs * part;
    this.#timer = setTimeout(act.bind(this), Math.max(0, at - performance.now()));
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#host.guard.end(this.#invocation.request);
  }
}

/* v8 ignore next -- a pipeline whose first hook fails calls no handler */
const unreachable = (): void => {};
