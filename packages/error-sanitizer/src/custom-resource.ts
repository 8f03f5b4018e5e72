/**
 * Answering CloudFormation that a custom resource failed.
 *
 * @module
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
import type { Request } from "@middy/core";
import { printable } from "@middy-hardening/core";
import { attempt } from "./attempt.ts";

interface CustomResourceEvent {
  readonly ResponseURL?: unknown;
  readonly PhysicalResourceId?: unknown;
  readonly StackId?: unknown;
  readonly RequestId?: unknown;
  readonly LogicalResourceId?: unknown;
}

/**
 * The buckets that CloudFormation takes answers from, one for each region, by all the endpoints that
 * S3 has or had. A function can be called directly, so the event may name any other place: nothing
 * is sent there.
 */
const RESPONSE_HOST =
  /^cloudformation-custom-resource-response-[a-z]{4,24}\d{1,2}\.s3(?:[.-][a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2})?\.amazonaws\.(?:com(?:\.cn)?|eu)$/;

const ATTEMPTS = 3;
const ATTEMPT_TIMEOUT_MS = 5000;
const FIRST_PAUSE_MS = 100;

/** Kept of the invocation's remaining time, to end it. */
const RESERVE_MS = 100;

/** Of 4,096 bytes that an answer may have. */
const MAX_REASON_LENGTH = 512;

/** Tells CloudFormation that the request failed. Resolves to whether it has been told, and never rejects. */
export const reportFailure = (request: Request, reason: string): Promise<boolean> =>
  tell(request, reason).catch(() => false);

async function tell(request: Request, reason: string): Promise<boolean> {
  const event = Object(request.event) as CustomResourceEvent;
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId } = event;
  const url = responseUrl(event.ResponseURL);
  if (url === undefined || typeof RequestId !== "string") return false;
  const answer = JSON.stringify({
    Status: "FAILED",
    Reason: printable(reason, MAX_REASON_LENGTH),
    // What was never created has none. CloudFormation asks for its deletion by this one.
    PhysicalResourceId: PhysicalResourceId || `create-failed-${RequestId}`,
    StackId,
    RequestId,
    LogicalResourceId,
  });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { setTimeout: wait } = process.getBuiltinModule("node:timers/promises");
    if (attempt > 0) await wait(FIRST_PAUSE_MS * 4 ** (attempt - 1));
    const timeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, remainingMs(request) - RESERVE_MS);
    if (timeoutMs <= 0) return false;
    const status = await put(url, answer, timeoutMs);
    // What S3 refuses, such as an expired signature, it refuses again.
    if (status < 500) return status >= 200 && status < 300;
  }
  return false;
}

/** A whole number, as timers want it. Enough for all attempts where the context does not tell, as in a container. */
function remainingMs({ context }: Request): number {
  const told: unknown = attempt(() => context.getRemainingTimeInMillis());
  return Number.isFinite(told) ? Math.floor(told as number) : ATTEMPTS * ATTEMPT_TIMEOUT_MS;
}

function responseUrl(text: unknown): URL | undefined {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  const isExpected =
    url?.protocol === "https:" &&
    RESPONSE_HOST.test(url.hostname) &&
    url.port + url.username + url.password === "";
  return isExpected ? url : undefined;
}

/**
 * The status of the answer; 599 when there is none. The URL is signed without a content type, so
 * none is sent. A redirect is not followed.
 */
async function put(url: URL, body: string, timeoutMs: number): Promise<number> {
  // Not at the top of the module: no other trigger needs it.
  const https = await import("node:https");
  const headers = { "content-length": Buffer.byteLength(body) };
  // No agent: a connection that was kept may have been lost while the environment was frozen.
  const options = { method: "PUT", headers, agent: false, signal: AbortSignal.timeout(timeoutMs) };
  return new Promise((resolve) => {
    https
      .request(url, options, (response) => {
        response.resume();
        resolve(response.statusCode as number);
      })
      .on("error", () => resolve(599))
      .end(body);
  });
}
