/**
 * Counting the bytes of a stream as they flow.
 *
 * @module
 */
import type { TransformCallback } from "node:stream";
import { asResponseBody } from "@middy-hardening/core";

/** A stream of Node.js or of the web, or what is read like one. */
export type Stream = AsyncIterable<unknown>;

/** Whether a value is read as it flows. */
export function isStream(value: unknown): value is Stream {
  if (typeof value === "string") return false;
  try {
    return typeof (Object(value) as Partial<Stream>)[Symbol.asyncIterator] === "function";
  } catch {
    return false; // A proxy whose traps throw is nobody's stream.
  }
}

/**
 * The same stream, which shows `count` the bytes of each chunk before it passes it on: when that
 * throws, the stream fails with its error in place of the chunk. Errors, the end, pressure from behind
 * and being given up pass through in both directions.
 */
export function countedStream(source: Stream, count: (bytes: number) => void): Stream {
  // Loaded here, as few functions stream.
  const { Transform, pipeline } = process.getBuiltinModule("node:stream");
  let failure: unknown;
  const counter = new Transform({
    objectMode: true, // Chunks pass as they are.
    transform(chunk: unknown, _encoding: string, done: TransformCallback): void {
      try {
        // Chunks that were waiting behind the one that failed still come here.
        if (failure === undefined) count(bytesOf(chunk));
      } catch (error) {
        failure = error;
      }
      if (failure === undefined) done(null, chunk);
      else done(failure as Error);
    },
  });
  // Whoever reads the counter learns of an error from it.
  pipeline(source, counter, () => {});
  return asResponseBody(counter);
}

/** The bytes of a chunk as the runtime writes it: text and bytes as they are, all else as JSON. */
function bytesOf(chunk: unknown): number {
  if (chunk instanceof Uint8Array) return chunk.byteLength;
  return Buffer.byteLength(typeof chunk === "string" ? chunk : JSON.stringify(chunk));
}
