/**
 * The invocations of one function: those that wait for a runtime client, and those that one works on.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { InvocationError } from "./invoke.ts";

/** What became of an invocation under a runtime client. */
export interface RuntimeOutcome {
  /** What the invoker receives: the result or the error, or of a stream all that came before it ended. */
  readonly payload: string;
  /** What the invoker is told of a failure, or of a timeout (`Sandbox.Timedout`). */
  readonly error?: InvocationError;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
  /** What the client has sent of a streamed answer. */
  readonly chunks: Buffer[];
  finish(outcome: RuntimeOutcome): void;
}

export interface Invocations {
  /** Resolves once the invocation is finished. */
  add(event: string): Promise<RuntimeOutcome>;
  /** A client asks for its next invocation. */
  next(response: ServerResponse): void;
  /** The invocation of this id, if a client works on it. */
  running(id: string): Invocation | undefined;
  /** @param payload what the client posted because its function cannot be loaded. */
  failInit(payload: string): void;
  clientExited(status: string): void;
}

const FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:function";

export function createInvocations(timeoutMs: number): Invocations {
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  /** Clients that have asked and have nothing to do. */
  const idle: ServerResponse[] = [];
  /** Why the function could not be loaded, when nobody was there to be told. */
  let initFailure: string | undefined;
  /** Whether a client that could not load it is still there: its end is nothing new. */
  let isEnding = false;

  function hand(client: ServerResponse, invocation: Invocation): void {
    const { id, event } = invocation;
    const timer = setTimeout(() => {
      running.get(id)?.finish(cut(invocation, timedOut(id, timeoutMs)));
    }, timeoutMs);
    running.set(id, {
      ...invocation,
      finish(outcome) {
        clearTimeout(timer);
        running.delete(id);
        invocation.finish(outcome);
      },
    });
    client.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": String(Date.now() + timeoutMs),
      "lambda-runtime-invoked-function-arn": FUNCTION_ARN,
      "lambda-runtime-trace-id": "Root=1-00000000-000000000000000000000000;Sampled=0",
    });
    client.end(event);
  }

  return {
    add(event) {
      return new Promise((resolve) => {
        if (initFailure !== undefined) {
          resolve(failed(initFailure));
          initFailure = undefined;
          return;
        }
        const invocation = { id: randomUUID(), event, chunks: [], finish: resolve };
        const client = idle.shift();
        if (client === undefined) waiting.push(invocation);
        else hand(client, invocation);
      });
    },

    next(client) {
      initFailure = undefined;
      isEnding = false;
      const invocation = waiting.shift();
      if (invocation !== undefined) return hand(client, invocation);
      idle.push(client);
      // One that dies asks no more.
      client.on("close", () => {
        const index = idle.indexOf(client);
        if (index !== -1) idle.splice(index, 1);
      });
    },

    running: (id) => running.get(id),

    failInit(payload) {
      isEnding = true;
      if (waiting.length === 0) initFailure = payload;
      for (const invocation of waiting.splice(0)) invocation.finish(failed(payload));
    },

    clientExited(status) {
      // What has come since is for the next process.
      const left = isEnding ? [] : waiting.splice(0);
      isEnding = false;
      for (const invocation of [...running.values(), ...left]) {
        const errorMessage = `RequestId: ${invocation.id} Error: Runtime exited ${inWords(status)}`;
        invocation.finish(cut(invocation, { errorType: "Runtime.ExitError", errorMessage }));
      }
    },
  };
}

/** What was streamed has reached the invoker, whatever came then. */
const cut = ({ chunks }: Invocation, error: InvocationError): RuntimeOutcome => ({
  payload: Buffer.concat(chunks).toString() || JSON.stringify(error),
  error,
});

const inWords = (status: string): string =>
  status === "exit status 0" ? "without providing a reason" : `with error: ${status}`;

const failed = (payload: string): RuntimeOutcome => ({ payload, error: JSON.parse(payload) });

const timedOut = (id: string, timeoutMs: number): InvocationError => ({
  errorType: "Sandbox.Timedout",
  errorMessage: `RequestId: ${id} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
});
