/**
 * The stream that Lambda's Node.js runtime gives to a streaming handler, and the global `awslambda`:
 * as in the runtime interface client (`aws-lambda-ric` 3.3 and 4.0.2), a request that is sent
 * while it is written, of which the handler sees only what belongs to a writable stream.
 *
 * @module
 */
import { type ClientRequest, request as httpRequest } from "node:http";
import type { InvocationError } from "./invoke.ts";

/** What ends a streamed answer when the function fails: the client of Lambda's API reads both. */
export const ERROR_BODY_TRAILER = "lambda-runtime-function-error-body";
const ERROR_TYPE_TRAILER = "lambda-runtime-function-error-type";

/** The content type of an answer that begins with its status and headers. */
export const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";

/** What stands between those, as JSON, and the body. */
export const PRELUDE_END: Uint8Array = new Uint8Array(8);

const METHODS = [
  ...["addListener", "cork", "destroy", "emit", "end", "eventNames", "getMaxListeners"],
  ...["listenerCount", "listeners", "off", "on", "once", "prependListener", "prependOnceListener"],
  ...["rawListeners", "removeAllListeners", "removeListener", "setContentType", "setMaxListeners"],
  ...["uncork", "write"],
];

const PROPERTIES = [
  ...["_onBeforeFirstWrite", "destroyed", "writable", "writableBuffer", "writableCorked"],
  ...["writableEnded", "writableFinished", "writableHighWaterMark", "writableLength"],
  ...["writableNeedDrain", "writableObjectMode"],
];

/** The stream as the handler has it. */
interface ResponseStream extends NodeJS.WritableStream {
  readonly writableFinished: boolean;
  setContentType(type: string): void;
  _onBeforeFirstWrite?: (write: (chunk: string | Uint8Array) => void) => void;
}

/** One answer on its way to Lambda. */
interface StreamedAnswer {
  readonly responseStream: ResponseStream;
  /** Settles when Lambda has taken the answer, or the way to it broke. */
  readonly taken: Promise<void>;
  /** Ends the answer with the error in its trailers. */
  fail(error: InvocationError): void;
}

/** Begins an answer to the server on this port, which stands for Lambda's runtime API. */
export function openAnswer(port: number): StreamedAnswer {
  const request = httpRequest({
    host: "127.0.0.1",
    port,
    agent: false,
    method: "POST",
    headers: {
      "lambda-runtime-function-response-mode": "streaming",
      trailer: `${ERROR_TYPE_TRAILER}, ${ERROR_BODY_TRAILER}`,
      "content-type": "application/octet-stream",
    },
  });
  const taken = new Promise<void>((resolve, reject) => {
    request.once("response", (response) => response.resume().once("end", resolve));
    request.on("error", reject);
    request.on("close", () => {
      // A handler may emit the event, too.
      if (request.destroyed) reject(new Error("The connection to the runtime API broke."));
    });
  });
  // The handler may fail first; then nobody waits for this.
  taken.catch(() => {});
  return {
    responseStream: asWritable(request),
    taken,
    fail({ errorType, ...error }) {
      const body = Buffer.from(JSON.stringify({ errorType, ...error })).toString("base64");
      request.addTrailers({ [ERROR_TYPE_TRAILER]: errorType, [ERROR_BODY_TRAILER]: body });
      request.end();
    },
  };
}

type RuntimeRequest = ClientRequest & Pick<ResponseStream, "_onBeforeFirstWrite">;

function asWritable(request: RuntimeRequest): ResponseStream {
  const write = request.write.bind(request) as (...parameters: unknown[]) => boolean;
  const end = request.end.bind(request);
  let hasBegun = false;
  const own = {
    setContentType(type: string): void {
      if (hasBegun) throw new Error("Cannot set content-type, too late.");
      request.setHeader("content-type", type);
    },
    write(chunk: unknown, ...others: unknown[]): boolean {
      const isPlain = typeof chunk === "string" || chunk?.constructor === Uint8Array;
      const sendable = isPlain || Buffer.isBuffer(chunk) ? chunk : JSON.stringify(chunk);
      if (!hasBegun) request._onBeforeFirstWrite?.((first) => write(first));
      hasBegun = true;
      return write(sendable, ...others);
    },
    // It takes a callback and nothing else.
    end: (done?: () => void): unknown => end(done),
  };
  Object.assign(request, own);

  const stream = {};
  const all = request as unknown as Record<string, unknown>;
  for (const name of METHODS) {
    Object.assign(stream, { [name]: (all[name] as () => unknown).bind(request) });
  }
  for (const name of PROPERTIES) {
    const set = (value: unknown): void => {
      all[name] = value;
    };
    Object.defineProperty(stream, name, { get: () => all[name], set });
  }
  return stream as ResponseStream;
}

/** On the handler itself, by which the runtime knows that it streams. */
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

/** Whether a handler came from `awslambda.streamifyResponse`. */
export const isStreaming = (handler: object): boolean =>
  (handler as { [STREAMING]?: unknown })[STREAMING] === "response";

const awslambda = {
  streamifyResponse: <Handler extends object>(handler: Handler): Handler =>
    Object.assign(handler, { [STREAMING]: "response" }),
  HttpResponseStream: {
    from(stream: ResponseStream, prelude: unknown): ResponseStream {
      stream.setContentType(PRELUDE_TYPE);
      const json = JSON.stringify(prelude);
      stream._onBeforeFirstWrite = (write) => {
        write(json);
        write(PRELUDE_END);
      };
      return stream;
    },
  },
};

/**
 * Puts the global `awslambda` in place, as the runtime does before it loads a handler, until it is
 * disposed.
 *
 * ```ts
 * using _ = provideAwsLambda();
 * const handler = middy({ executionMode: executionModeStreamifyResponse }).handler(streamOrders);
 * ```
 */
export function provideAwsLambda(): Disposable {
  const scope = globalThis as { awslambda?: unknown };
  const before = scope.awslambda;
  scope.awslambda = awslambda;
  return {
    [Symbol.dispose]() {
      scope.awslambda = before;
    },
  };
}
