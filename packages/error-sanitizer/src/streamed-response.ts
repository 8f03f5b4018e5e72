/**
 * Guarding a response that is, or has, a stream: response streaming.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { getHeader, type HttpResponse, invocationOf } from "@middy-hardening/core";
import { isSource, type Source, type StreamWatch, watchStream } from "./stream-guard.ts";

/** The stream that the response is, or has as its body. */
export function sourceOf(response: unknown): Source | undefined {
  if (isSource(response)) return response;
  const body = bodyOf(response);
  return isSource(body) ? body : undefined;
}

function bodyOf(response: unknown): unknown {
  try {
    return (Object(response) as HttpResponse).body;
  } catch {
    return undefined;
  }
}

/** Puts a watched stream in place of the response's. Throws what {@link watchStream} throws. */
export async function watchResponse(
  request: Request,
  source: Source,
  watch: StreamWatch,
): Promise<void> {
  const body = await watchStream(source, watch);
  const { response } = request;
  const isHttp = invocationOf(request).http !== undefined;
  if (response !== source) {
    // Without a status, Middy would take all of it for the body.
    const status = isHttp && { statusCode: response.statusCode ?? 200 };
    request.response = { ...response, ...status, body };
  } else if (isHttp) {
    // What Lambda makes of a bare stream, but as a response: it can have headers, and REST APIs take no other.
    const headers = { "content-type": "application/octet-stream" };
    request.response = { statusCode: 200, headers, body };
  } else {
    request.response = body;
  }
}

/** Of the types that say so, by name or structure; all others may be text, with a type of their own. */
const BINARY =
  /^(?:audio|font|image(?!\/svg)|model|video)\/|^application\/(?:octet-stream|pdf|wasm|vnd\.(?:ms-|openxmlformats)|[\w.+-]*(?:zip|compressed|protobuf|cbor|msgpack|avro|parquet))/i;

/** Whether bytes of the body are text: unless its content type says that they are binary, or it is compressed. */
export function isText(response: HttpResponse): boolean {
  const encoding = getHeader(response, "content-encoding") ?? "identity";
  return (
    !BINARY.test(getHeader(response, "content-type") ?? "") && encoding.toLowerCase() === "identity"
  );
}
