/**
 * The Runtime API of Lambda, from which a runtime client takes its invocations, and the invoke API
 * in front of it: for running a bundled function under the real client (`aws-lambda-ric`) on this
 * machine.
 *
 * @module
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { checkOptions, limitOf } from "@middy-hardening/core";
import { type InvocationError, MAX_PAYLOAD_BYTES, tooLarge } from "./invoke.ts";
import { ERROR_BODY_TRAILER } from "./response-stream.ts";
import { createInvocations, type RuntimeOutcome } from "./runtime-invocations.ts";

export type { RuntimeOutcome } from "./runtime-invocations.ts";

/** The function whose invocations are handed out. */
export interface RuntimeApiOptions {
  /** The function's timeout. Default: 3,000 ms. */
  readonly timeoutMs?: number | undefined;
}

/** A function's Runtime API, until it is closed. */
export interface RuntimeApi extends AsyncDisposable {
  /** Host and port, for the client's `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Takes an event by POST and answers with what the invoker receives, as Lambda's `Invoke`. */
  readonly invokeUrl: string;
  /**
   * Hands an event to the next client that asks, and resolves to what became of it, whatever it is.
   *
   * @param event a JSON text, or a value that is serialized as the invoker would.
   */
  invoke(event: unknown): Promise<RuntimeOutcome>;
  /**
   * Tells that the client's process has ended, which a server cannot see: what it was working on, and
   * what waits for it, fails as in Lambda.
   *
   * @param status such as `exit status 1`.
   */
  clientExited(status: string): void;
  /** Ends all connections and stops; what is not finished fails. */
  close(): Promise<void>;
}

const INVOKE = /^\/2015-03-31\/functions\/[^/]+\/invocations$/;
const ANSWER = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/;

/**
 * Starts a Runtime API on a free port of 127.0.0.1.
 *
 * ```ts
 * await using api = await startRuntimeApi({ timeoutMs: 3_000 });
 * const client = spawn("aws-lambda-ric", ["index.handler"], {
 *   env: { ...process.env, AWS_LAMBDA_RUNTIME_API: api.address },
 * });
 * client.on("exit", (status) => api.clientExited(`exit status ${status}`));
 * const { payload, error } = await api.invoke({ orderId: 1 });
 * ```
 *
 * @throws TypeError for a wrong option.
 */
export async function startRuntimeApi(options: RuntimeApiOptions = {}): Promise<RuntimeApi> {
  const { timeoutMs = 3_000 } = checkOptions("@middy-hardening/testing: startRuntimeApi", options, {
    timeoutMs: limitOf("milliseconds"),
  });
  const invocations = createInvocations(timeoutMs);

  const server = createServer((request, response) => {
    // It fails for a client that is killed in the middle of its answer.
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    address,
    invokeUrl: `http://${address}/2015-03-31/functions/function/invocations`,
    invoke: async (event) => invocations.add(textOf(event)),
    clientExited: invocations.clientExited,
    close,
    [Symbol.asyncDispose]: close,
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = "" } = request;
    if (url === "/2018-06-01/runtime/invocation/next") return invocations.next(response);
    if (INVOKE.test(url)) return answerInvoker(await bodyOf(request), response);
    if (url === "/2018-06-01/runtime/init/error") {
      invocations.failInit(await bodyOf(request));
      return send(response, 202, { status: "OK" });
    }
    const [, id = "", kind] = ANSWER.exec(url) ?? [];
    const invocation = invocations.running(decodeURIComponent(id));
    if (invocation === undefined) {
      request.resume();
      return send(response, 400, refusal("InvalidRequestID", "Invalid request ID"));
    }
    const isStream = "lambda-runtime-function-response-mode" in request.headers;
    const payload = await bodyOf(request, isStream ? invocation.chunks : []);
    if (!isStream && Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
      invocation.finish({ payload: JSON.stringify(tooLarge), error: tooLarge });
      const message = `Exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`;
      return send(response, 413, refusal("RequestEntityTooLarge", message));
    }
    invocation.finish({ payload, ...errorIn(kind === "error" ? payload : undefined, request) });
    send(response, 202, { status: "OK" });
  }

  async function answerInvoker(event: string, response: ServerResponse): Promise<void> {
    try {
      JSON.parse(event || "{}");
    } catch {
      return send(response, 400, {
        Type: "User",
        Message: "Could not parse request body into json.",
      });
    }
    const { payload, error } = await invocations.add(event || "{}");
    if (error !== undefined) response.setHeader("x-amz-function-error", "Unhandled");
    response.writeHead(200, { "content-type": "application/json" }).end(payload);
  }

  function close(): Promise<void> {
    invocations.clientExited("closed");
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

/** An event as the runtime gets it. */
function textOf(event: unknown): string {
  const text = typeof event === "string" ? event : (JSON.stringify(event) ?? "{}");
  JSON.parse(text);
  return text;
}

async function bodyOf(request: IncomingMessage, chunks: Buffer[] = []): Promise<string> {
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A stream that failed after its first byte tells so in its trailers, the body of the error in base64. */
function errorIn(
  payload: string | undefined,
  { trailers }: IncomingMessage,
): { readonly error?: InvocationError } {
  if (payload !== undefined) return { error: JSON.parse(payload) };
  const trailer = trailers[ERROR_BODY_TRAILER];
  return trailer === undefined
    ? {}
    : { error: JSON.parse(Buffer.from(trailer, "base64").toString()) };
}

const refusal = (errorType: string, errorMessage: string): InvocationError => ({
  errorType,
  errorMessage,
});

function send(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
}
