/**
 * An existing stack of Middy's official middlewares with one line added: `payloadGuard`.
 *
 * It stands after the error handler, which answers for it, and before the body parser, which is
 * what it guards.
 */
import middy from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import httpHeaderNormalizer from "@middy/http-header-normalizer";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import { payloadGuard } from "@middy-hardening/payload-guard";
import { addNote, type Note } from "./notes.ts";

interface NoteEvent {
  readonly body: Note;
}

export const handler = middy<NoteEvent, { statusCode: number; body: string }>()
  .use(httpErrorHandler({ logger: false }))
  .use(payloadGuard({ maxBytes: 16_384, maxDepth: 4, methods: ["POST"] })) // The line.
  .use(httpHeaderNormalizer())
  .use(httpJsonBodyParser())
  .handler(async ({ body }) => ({
    statusCode: 201,
    body: JSON.stringify({ number: addNote(body) }),
  }));
