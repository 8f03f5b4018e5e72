/**
 * Invoking a streaming handler as Lambda's Node.js runtime does, over a real connection, so that a
 * test sees what the client sees: the beginning, each chunk, and where it was cut.
 *
 * @module
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Context } from "aws-lambda";
import { type InvocationError, report } from "./invoke.ts";
import { lambdaContext } from "./lambda-context.ts";
import {
  ERROR_BODY_TRAILER,
  isStreaming,
  openAnswer,
  PRELUDE_END,
  PRELUDE_TYPE,
} from "./response-stream.ts";

/** A handler that `awslambda.streamifyResponse` made, as Middy's execution mode does. */
export type StreamingHandler = (event: never, responseStream: never, context: never) => unknown;

/** How to invoke. */
export interface InvokeStreamOptions {
  /** The context of the invocation. Default: `lambdaContext()`. */
  readonly context?: Context | undefined;
  /** Told of each part of the answer as it arrives; the next one waits for its promise. Default: none. */
  readonly onChunk?: ((chunk: Buffer) => void | Promise<void>) | undefined;
  /** Breaks the connection on which the answer is read. Default: never. */
  readonly signal?: AbortSignal | undefined;
}

/** What the client has received once the invocation has ended. */
export interface StreamOutcome {
  /** 200 for an answer that began without one; 502 when it failed without a beginning. */
  readonly statusCode: number;
  /** As the function wrote them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  /** The body as it arrived. */
  readonly chunks: readonly Buffer[];
  /** The whole body as text. */
  readonly body: string;
  /** Whether the answer ended before its end. */
  readonly isCut: boolean;
  /** What the answer ended with when the function failed: it reaches whoever calls Lambda's API. */
  readonly error?: InvocationError;
  /** What the runtime itself writes to the function's log. */
  readonly runtimeLog: readonly string[];
  /**
   * Whether the runtime ended its process, with all that runs in it: it does when its stream is
   * destroyed, as `pipeline` destroys it, or breaks.
   */
  readonly hasExited: boolean;
}

/**
 * Invokes a streaming handler, and resolves to what its client received, whatever the handler does.
 *
 * ```ts
 * using _ = provideAwsLambda();
 * const { statusCode, body, isCut } = await invokeStream(handler, httpEvent("function-url"));
 * ```
 *
 * @throws TypeError for a handler that does not stream.
 */
export async function invokeStream(
  handler: StreamingHandler,
  event: unknown,
  { context = lambdaContext(), onChunk, signal }: InvokeStreamOptions = {},
): Promise<StreamOutcome> {
  if (!isStreaming(handler)) {
    throw new TypeError(
      "@middy-hardening/testing: invokeStream needs a handler of awslambda.streamifyResponse.",
    );
  }
  const received: Received = { type: "", parts: [], error: undefined, isWhole: false };
  const server = createServer(async (message, response) => {
    signal?.addEventListener("abort", () => message.destroy());
    await receive(message, received, onChunk);
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const ran = await run(handler, event, context, port);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return outcomeOf(received, ran);
}

type Ran = Pick<StreamOutcome, "hasExited" | "runtimeLog">;

/** The runtime's part. */
async function run(
  handler: StreamingHandler,
  event: unknown,
  context: Context,
  port: number,
): Promise<Ran> {
  const { responseStream, taken, fail } = openAnswer(port);
  let runtimeLog: readonly string[] = [];
  try {
    await handler(
      JSON.parse(JSON.stringify(event)) as never,
      responseStream as never,
      context as never,
    );
    await taken;
  } catch (thrown) {
    const { error, runtimeLog: log } = report(thrown ?? "handled");
    fail(error as InvocationError);
    runtimeLog = log;
  }
  // The runtime has a promise of its own for what breaks, which nobody handles.
  const hasExited = await taken.then(
    () => false,
    () => true,
  );
  return { runtimeLog, hasExited };
}

interface Received {
  type: string;
  readonly parts: Buffer[];
  error: InvocationError | undefined;
  isWhole: boolean;
}

/** Lambda's part: reads the answer, for as long as there is one. */
async function receive(
  message: IncomingMessage,
  received: Received,
  onChunk: InvokeStreamOptions["onChunk"],
): Promise<void> {
  received.type = String(message.headers["content-type"]);
  try {
    for await (const part of message) {
      received.parts.push(part as Buffer);
      if (onChunk !== undefined) await onChunk(part as Buffer);
    }
  } catch {
    return; // The connection broke.
  }
  const trailer = message.trailers[ERROR_BODY_TRAILER];
  if (trailer === undefined) received.isWhole = true;
  else received.error = JSON.parse(Buffer.from(trailer, "base64").toString());
}

interface Prelude {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}

function outcomeOf({ type, parts, error, isWhole }: Received, ran: Ran): StreamOutcome {
  const [prelude, chunks] = type === PRELUDE_TYPE ? split(parts) : [{}, parts];
  const isFailure = !isWhole && parts.length === 0;
  const { statusCode = isFailure ? 502 : 200, headers = {}, cookies = [] } = prelude;
  return {
    ...{ statusCode, headers, cookies, chunks, ...ran },
    body: Buffer.concat(chunks).toString(),
    isCut: !isWhole,
    ...(error === undefined ? {} : { error }),
  };
}

/** Takes the prelude from the beginning, wherever the parts divide it. */
function split(parts: readonly Buffer[]): readonly [Prelude, readonly Buffer[]] {
  const whole = Buffer.concat(parts);
  const end = whole.indexOf(PRELUDE_END);
  if (end === -1) return [{}, []];
  let left = end + PRELUDE_END.length;
  const chunks = parts.map((part) => {
    const chunk = part.subarray(left);
    left = Math.max(0, left - part.length);
    return chunk;
  });
  return [JSON.parse(whole.toString("utf8", 0, end)), chunks.filter(({ length }) => length > 0)];
}
