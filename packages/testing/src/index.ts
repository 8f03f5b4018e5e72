/**
 * Invoking Lambda handlers in tests as AWS does, and observing what they do.
 *
 * @module
 */
export {
  type CapturedOutput,
  type CapturedSecurityEvents,
  captureOutput,
  captureSecurityEvents,
} from "./capture.ts";
export { type HttpAnswer, httpAnswer } from "./http-answer.ts";
export {
  HTTP_KINDS,
  type HttpEvents,
  type HttpKind,
  type HttpRequest,
  httpEvent,
} from "./http-event.ts";
export {
  type InvocationError,
  type InvocationOutcome,
  type InvokableHandler,
  invoke,
} from "./invoke.ts";
export {
  type InvokeStreamOptions,
  invokeStream,
  type StreamingHandler,
  type StreamOutcome,
} from "./invoke-stream.ts";
export { type LambdaContextOptions, lambdaContext } from "./lambda-context.ts";
export * from "./local-aws/start-local-aws.ts";
export { provideAwsLambda } from "./response-stream.ts";
export { type HttpServer, type ServeHttpOptions, serveHttp } from "./serve-http.ts";
