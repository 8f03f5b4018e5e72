/**
 * Undoing the content codings of a request body, with a bound on what comes out.
 *
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4
 */
import type { ZlibOptions, ZstdOptions } from "node:zlib";
import { headerValues } from "@middy-hardening/core";

/** Codings of one body that are undone. Nobody needs a second one; what needs more is a bomb. */
const MAX_CODINGS = 3;

/**
 * Bytes whose base64 just fits the longest string of V8: more could not be put into an event, so
 * this bounds even a body without a limit.
 */
const MAX_EVENT_BYTES = 402_653_160;

/** Window of a zstd frame, as a power of two: 8 MB, the most that RFC 9659 lets a client ask for. */
const ZSTD_WINDOW_LOG = 23;

/** The codings of the body in the order in which they were applied, in lower case; without `identity`. */
export function contentCodings(event: object): readonly string[] {
  const values = headerValues(event, "content-encoding");
  if (values.length === 0) return values;
  return (
    values
      .flatMap((value) => value.split(","))
      .map((coding) => coding.trim().toLowerCase())
      // "A recipient SHOULD consider x-gzip to be equivalent to gzip" (section 8.4.1.3).
      .map((coding) => (coding === "x-gzip" ? "gzip" : coding))
      .filter((coding) => coding !== "" && coding !== "identity")
  );
}

/** Undoes content codings. */
export interface Decompressor {
  /** What a client is told to use, as the value of `Accept-Encoding`. */
  readonly accepted: string;
  /** Undoes the codings, the last one first. */
  decode(
    bytes: Buffer,
    codings: readonly string[],
  ): Buffer | "unsupported" | "malformed" | "too_large";
}

/** A decompressing function of `node:zlib`. */
type Inflate = (bytes: Buffer, options: ZlibOptions & ZstdOptions) => unknown;

/** What it gives with `info`: the output, and the engine, which knows how much of the input it used. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * Understands every coding that `node:zlib` has. The module is loaded here and not at the top, as
 * only functions that decompress should wait for it.
 *
 * @param maxBytes bounds the output of each coding.
 */
export function zlibDecompressor(maxBytes: number): Decompressor {
  const { gunzipSync, inflateSync, brotliDecompressSync, zstdDecompressSync, constants } =
    process.getBuiltinModule("node:zlib");
  const options = { info: true, maxOutputLength: Math.min(maxBytes, MAX_EVENT_BYTES) };
  const inflaters = new Map<string, Inflate>([
    ["gzip", gunzipSync],
    ["deflate", inflateSync],
    ["br", brotliDecompressSync],
  ]);
  // Node 22 has it from 22.15 on.
  if (typeof zstdDecompressSync === "function") {
    const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };
    // Node 22 takes a frame that is cut short for whole. A byte behind it tells: such a frame uses it.
    inflaters.set("zstd", (bytes) =>
      zstdDecompressSync(Buffer.concat([bytes, Buffer.alloc(1)]), { ...options, params }),
    );
  }

  return {
    accepted: [...inflaters.keys()].join(", "),

    decode(bytes, codings) {
      if (codings.length > MAX_CODINGS) return "unsupported";
      let decoded = bytes;
      try {
        for (const coding of codings.toReversed()) {
          const inflate = inflaters.get(coding);
          if (inflate === undefined) return "unsupported";
          const { buffer, engine } = inflate(decoded, options) as Inflated;
          // Bytes behind the end are for nobody, or for a reader that understands the body otherwise.
          if (engine.bytesWritten !== decoded.length) return "malformed";
          decoded = buffer;
        }
        return decoded;
      } catch (error) {
        const isTooLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
        return isTooLarge ? "too_large" : "malformed";
      }
    },
  };
}
