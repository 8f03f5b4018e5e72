/**
 * Watching a response that is a stream: looking at it as it flows, and cutting it when it fails.
 *
 * @module
 */
import type { Readable } from "node:stream";
import { asResponseBody } from "@middy-hardening/core";

/** A stream of an older `readable-stream`, which Middy sends as well. */
type OldStream = NodeJS.ReadableStream & { readonly _readableState: object };

/** What can be streamed: a stream of Node.js or the web, or anything that is read in the same way. */
export type Source = AsyncIterable<unknown> | OldStream;

/** A stream can be read only once: by its receiver. */
export const isSource = (value: unknown): value is Source =>
  typeof value !== "string" && (isIterable(value) || isOldStream(value));

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof (Object(value) as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === "function";

function isOldStream(value: unknown): value is OldStream {
  const { _readableState: state, on } = Object(value) as Partial<OldStream>;
  return typeof state === "object" && typeof on === "function";
}

/** What is thrown in place of the source's own error when its beginning leaks. */
export const LEAK = new Error("The stream leaks.");

/**
 * How much of the text before a chunk is looked at with it, in UTF-16 units: a leak that chunks divide
 * is seen before its end goes out, unless it is longer.
 */
const OVERLAP = 4096;

/** Who decides about a stream. */
export interface StreamWatch {
  /** Whether a text, part of what flows, must not leave; `undefined` for what is not to be looked at. */
  readonly stops: ((text: string) => boolean) | undefined;
  /** Told of the source's error once a part has left; gives the one that ends the stream. */
  readonly cut: (error: unknown) => Error;
  /** Aborts when there is no more time to wait for the first chunk. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Resolves to a stream of what `source` gives once its first chunk is known to be good, or it has
 * ended. So until then the answer can still be another one. It reads no more than its receiver takes,
 * and ends the source when its receiver goes away.
 *
 * @throws what the source failed with before its first chunk; the signal's reason; {@link LEAK}.
 */
export function watchStream(
  source: Source,
  { stops, cut, signal }: StreamWatch,
): Promise<Readable> {
  // Loaded here, as few functions stream.
  const { pipeline, Transform } = process.getBuiltinModule("node:stream");
  const { StringDecoder } = process.getBuiltinModule("node:string_decoder");
  return new Promise((resolve, reject) => {
    const readable = toReadable(source);
    const decoder = new StringDecoder();
    let before = "";
    let hasBegun = false;
    /** What was wrong with the source, and not with the receiver; and what the receiver is told of it. */
    let failure: { readonly error: unknown; told?: Error } | undefined;
    const fail = (error: unknown): void => {
      failure ??= { error };
    };
    const told = (error?: Error): Error | undefined => {
      if (failure === undefined) return error;
      failure.told ??= hasBegun ? cut(failure.error) : LEAK;
      return failure.told;
    };
    const giveUp = (): void => {
      watched.destroy(signal?.reason);
    };
    const begin = (): void => {
      if (hasBegun) return;
      hasBegun = true;
      signal?.removeEventListener("abort", giveUp);
      resolve(asResponseBody(watched));
    };

    const watched = new Transform({
      // As the runtime, it takes whatever has JSON.
      writableObjectMode: true,
      transform(chunk: unknown, _encoding, done) {
        try {
          const bytes = toBytes(chunk);
          if (stops !== undefined) {
            const text = before + decoder.write(bytes);
            if (stops(text)) throw LEAK;
            before = text.slice(-OVERLAP);
          }
          this.push(bytes);
          if (bytes.length > 0) begin();
          done();
        } catch (error) {
          fail(error);
          done(told());
        }
      },
      flush(done) {
        begin();
        done();
      },
      destroy(error, done) {
        if (hasBegun) return done(error);
        reject(failure === undefined ? error : failure.error);
        done(null);
      },
    });
    const { destroy } = watched;
    // Here and no later: Node keeps the error as it is, for a receiver that comes after it.
    watched.destroy = (error) => destroy.call(watched, told(error)) as typeof watched;
    // Its receiver listens too, but not yet.
    watched.on("error", ignore);
    readable.once("error", fail);
    readable.once("close", () => {
      if (!readable.readableEnded) fail(new Error("The stream ended early."));
    });
    signal?.addEventListener("abort", giveUp, { once: true });
    pipeline(readable, watched, () => {});
  });
}

const ignore = (): void => {};

/** Ends a stream that nobody will read. */
export function release(source: Source): void {
  toReadable(source).on("error", ignore).destroy();
}

function toReadable(source: Source): Readable {
  const { Readable } = process.getBuiltinModule("node:stream");
  if (source instanceof Readable) return source;
  if (!isIterable(source)) return new Readable().wrap(source);
  // The global: it is not loaded before it is needed.
  return source instanceof ReadableStream ? Readable.fromWeb(source) : Readable.from(source);
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  return Buffer.from(typeof chunk === "string" ? chunk : JSON.stringify(chunk));
}
