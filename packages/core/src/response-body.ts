/**
 * Streams as the body of a streamed answer.
 *
 * @module
 */
import type { Readable } from "node:stream";

/** The stream on which a function answers: it alone has a content type. */
interface LambdaStream extends NodeJS.WritableStream {
  readonly setContentType?: unknown;
  destroy(): unknown;
}

/**
 * Lets a stream fail without the process: Middy sends it by `pipeline`, which destroys the stream of
 * Lambda when the body fails, and this leaves the runtime (`aws-lambda-ric` 3.3) with a rejection that
 * nobody handles. It ends, and on Lambda Managed Instances every other invocation with it. When that
 * stream stays as it is, the runtime ends the answer itself, with the error in its trailers.
 *
 * @returns the same stream.
 */
export function asResponseBody<Body extends Readable>(body: Body): Body {
  const { pipe } = body;
  body.pipe = function pipeToLambda(destination, options) {
    const lambda = destination as unknown as LambdaStream;
    if (typeof lambda.setContentType === "function") {
      lambda.destroy = () => {
        // For `pipeline`, which waits for it before it gives the error on.
        lambda.emit("close");
        return lambda;
      };
    }
    return pipe.call(body, destination, options) as typeof destination;
  };
  return body;
}
