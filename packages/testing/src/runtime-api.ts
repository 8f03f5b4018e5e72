/**
 * The Runtime API of Lambda, from which a runtime client takes its invocations: for running a
 * bundled function under the real client (`aws-lambda-ric`) on this machine.
 *
 * @module
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { InvocationError } from "./invoke.ts";

/** What the runtime client answered to one invocation. */
export interface RuntimeOutcome {
  /** As it was posted; of a stream, all that came before it ended or was cut. */
  readonly payload: string;
  /** What was posted as an error, in place of a result or in the trailers of a cut stream. */
  readonly error?: InvocationError;
  /** Whether nothing came within the function's timeout, after which Lambda ends the environment. */
  readonly isTimeout: boolean;
}

/** One environment's Runtime API, until it is closed. */
export interface RuntimeApi extends AsyncDisposable {
  /** Host and port, for the client's `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Resolves to what the client says when its function cannot be loaded. */
  readonly initError: Promise<InvocationError>;
  /** Hands an event to the next client that asks, and resolves to what became of it. */
  invoke(event: unknown, options?: { readonly timeoutMs?: number }): Promise<RuntimeOutcome>;
  close(): Promise<void>;
}

interface Pending {
  readonly id: string;
  readonly event: string;
  readonly timeoutMs: number;
  readonly finish: (outcome: RuntimeOutcome) => void;
}

const INVOCATION = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/;
const ERROR_TYPE = "lambda-runtime-function-error-type";
const ERROR_BODY = "lambda-runtime-function-error-body";

/**
 * Starts a Runtime API on a free port of 127.0.0.1.
 *
 * ```ts
 * await using api = await startRuntimeApi();
 * spawn("aws-lambda-ric", ["index.handler"], { env: { AWS_LAMBDA_RUNTIME_API: api.address } });
 * const { payload, error } = await api.invoke({ orderId: 1 }, { timeoutMs: 3_000 });
 * ```
 */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  const waiting: Pending[] = [];
  /** Clients that have asked and have nothing to do. */
  const idle: ServerResponse[] = [];
  const running = new Map<string, Pending>();
  const init = Promise.withResolvers<InvocationError>();

  function hand(response: ServerResponse, pending: Pending): void {
    const { id, event, timeoutMs } = pending;
    running.set(id, pending);
    response.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": String(Date.now() + timeoutMs),
      "lambda-runtime-invoked-function-arn":
        "arn:aws:lambda:eu-west-1:123456789012:function:orders",
      "lambda-runtime-trace-id": "Root=1-00000000-000000000000000000000000;Sampled=0",
    });
    response.end(event);
    const timer = setTimeout(
      () => finish(id, { payload: "", error: timedOut(id, timeoutMs), isTimeout: true }),
      timeoutMs,
    );
    running.set(id, {
      ...pending,
      finish(outcome) {
        clearTimeout(timer);
        pending.finish(outcome);
      },
    });
  }

  function finish(id: string, outcome: RuntimeOutcome): void {
    running.get(id)?.finish(outcome);
    running.delete(id);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = "" } = request;
    if (url === "/2018-06-01/runtime/invocation/next") {
      const next = waiting.shift();
      if (next !== undefined) hand(response, next);
      else {
        idle.push(response);
        // A client that has died asks no more.
        response.on("close", () => {
          const index = idle.indexOf(response);
          if (index !== -1) idle.splice(index, 1);
        });
      }
      return;
    }
    const payload = await textOf(request);
    if (url === "/2018-06-01/runtime/init/error") {
      init.resolve(JSON.parse(payload) as InvocationError);
    } else {
      const [, id = "", kind] = INVOCATION.exec(url) ?? [];
      finish(decodeURIComponent(id), {
        payload,
        ...errorIn(kind === "error" ? payload : undefined, request),
        isTimeout: false,
      });
    }
    response.writeHead(202).end('{"status":"OK"}');
  }

  const server = createServer((request, response) => {
    // A client that is killed in the middle of its answer.
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    address: `127.0.0.1:${port}`,
    initError: init.promise,
    invoke(event, { timeoutMs = 3_000 } = {}) {
      return new Promise((resolve) => {
        const pending = {
          id: randomUUID(),
          event: JSON.stringify(event),
          timeoutMs,
          finish: resolve,
        };
        const client = idle.shift();
        if (client !== undefined) hand(client, pending);
        else waiting.push(pending);
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };

  function close(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A stream that failed after its first byte tells so in its trailers, the body of the error in base64. */
function errorIn(
  payload: string | undefined,
  { trailers }: IncomingMessage,
): { readonly error?: InvocationError } {
  if (payload !== undefined) return { error: JSON.parse(payload) as InvocationError };
  if (trailers[ERROR_TYPE] === undefined) return {};
  const body = Buffer.from(trailers[ERROR_BODY] ?? "", "base64").toString();
  return { error: JSON.parse(body) as InvocationError };
}

const timedOut = (id: string, timeoutMs: number): InvocationError => ({
  errorType: "Sandbox.Timedout",
  errorMessage: `RequestId: ${id} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
});
