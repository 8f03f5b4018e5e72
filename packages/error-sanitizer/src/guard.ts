/**
 * Deciding about one invocation: what its failure says, and whether its response may leave.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { deadlineOf, isRefusal } from "@middy-hardening/core";
import { attempt } from "./attempt.ts";
import { describeError, type ErrorMap, type Failure, INTERNAL } from "./failure.ts";
import { findLeak, type LeakKind } from "./leak-patterns.ts";
import { internalError, readsHttpResponse, respondWith } from "./outcome.ts";
import { findResponseLeak } from "./response-leak.ts";
import { publishCrash, publishLeak } from "./security-events.ts";
import { LEAK, release, type Source } from "./stream-guard.ts";
import { isText, sourceOf, watchResponse } from "./streamed-response.ts";
import { failTrigger } from "./trigger-failure.ts";

/** The options of the middleware, as far as they concern one invocation. */
export interface GuardRules {
  readonly map: ErrorMap | undefined;
  readonly leakGuard: "block" | "report" | "off";
  readonly allowedHeaders: ReadonlySet<string>;
  readonly typeBaseUrl: string | undefined;
}

/** What the hooks ask; each answer takes time only for a stream, and for CloudFormation. */
export interface Guard {
  /** Makes `request.error` the outcome, in the form that the trigger understands. */
  error(request: Request): void | Promise<void>;
  /** Makes a failure the outcome. */
  fail(request: Request, failure: Failure): void | Promise<void>;
  /**
   * Looks at the response.
   *
   * @throws what a stream failed with before its first byte.
   */
  response(request: Request): void | Promise<void>;
}

export function createGuard({ map, leakGuard, allowedHeaders, typeBaseUrl }: GuardRules): Guard {
  function describe(request: Request, error: unknown): Failure {
    const failure = describeError(error, request, map, allowedHeaders);
    if (failure.errorType === undefined && failure.status >= 500) publishCrash(request, error);
    return failure;
  }

  /** Whether a leak was found that must not leave; it is published either way. */
  function stopsLeak(request: Request, kind: LeakKind | undefined): boolean {
    if (kind === undefined || leakGuard === "off") return false;
    publishLeak(request, kind, leakGuard === "block" ? "blocked" : "detected");
    return leakGuard === "block";
  }

  function fail(request: Request, failure: Failure): void | Promise<void> {
    if (readsHttpResponse(request)) return respondWith(request, failure, typeBaseUrl);
    const { errorType, detail: message = failure.title } = failure;
    const isSilent =
      errorType === undefined || stopsLeak(request, findLeak(`${errorType}: ${message}`));
    return failTrigger(request, failure, isSilent ? undefined : { errorType, message });
  }

  function mayLeave(request: Request): boolean {
    if (leakGuard === "off" || !readsHttpResponse(request)) return true;
    try {
      return !stopsLeak(request, findResponseLeak(request));
    } catch (error) {
      publishCrash(request, error); // A response that cannot be read cannot be sent either.
      return false;
    }
  }

  async function watch(request: Request, source: Source): Promise<void> {
    const isLooked = leakGuard !== "off" && readsHttpResponse(request);
    let isTold = false;
    const stops = (text: string): boolean => {
      // Once is enough.
      const kind = isTold ? undefined : findLeak(text);
      isTold ||= kind !== undefined;
      return stopsLeak(request, kind);
    };
    const cut = (error: unknown): Error => {
      if (error !== LEAK) describe(request, error);
      return internalError(request);
    };
    try {
      const isReadable = source === request.response || isText(request.response);
      await watchResponse(request, source, {
        stops: isLooked && isReadable ? stops : undefined,
        cut,
        signal: deadlineOf(request.context)?.signal,
      });
    } catch (error) {
      if (error !== LEAK) throw error;
      respondWith(request, INTERNAL, typeBaseUrl);
    }
  }

  /**
   * Looks at the words of a refusal, and not at its `errors`: those name members of the request. Were they
   * looked at, a caller could have every refusal told as a leak, and try by a member's name whether a guess
   * is the value of a secret.
   */
  function refusal(request: Request, { title, detail, code, headers, extensions }: Failure): void {
    if (leakGuard === "off") return;
    const words = attempt(() =>
      JSON.stringify([title, detail, code, headers, { ...extensions, errors: undefined }]),
    );
    const kind = words === undefined ? findResponseLeak(request) : findLeak(words);
    if (stopsLeak(request, kind)) respondWith(request, INTERNAL, typeBaseUrl);
  }

  function response(request: Request): void | Promise<void> {
    const isGood = mayLeave(request);
    // Of the copy that leaves, now that there is one: a getter may give something else each time.
    const source = sourceOf(request.response);
    if (isGood) return source && watch(request, source);
    if (source !== undefined) release(source);
    respondWith(request, INTERNAL, typeBaseUrl);
  }

  return {
    error(request) {
      const { error } = request;
      const failure = describe(request, error);
      const pending = fail(request, failure);
      if (pending !== undefined) return pending;
      const isRefused = isRefusal(request, error) && readsHttpResponse(request);
      return isRefused ? refusal(request, failure) : response(request);
    },
    fail,
    response,
  };
}
