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
export type { OnInvocation } from "./event-sources/batch-invocation.ts";
export type { HistoryEntry, RecordFate, Tally } from "./event-sources/history.ts";
export type { DeadLetter } from "./event-sources/message-store.ts";
export {
  type QueueMappingOptions,
  type SimulatedQueue,
  type SimulatedQueueOptions,
  simulatedQueue,
} from "./event-sources/queue.ts";
export {
  type DynamodbChange,
  dynamodbEvent,
  type KinesisRecord,
  kinesisEvent,
  type RecordContent,
  type SqsMessage,
  sqsEvent,
} from "./event-sources/record-events.ts";
export {
  type SimulatedStream,
  type SimulatedStreamOptions,
  type StreamMappingOptions,
  simulatedStream,
} from "./event-sources/stream.ts";
export { type FakeTimers, inVirtualTime } from "./event-sources/virtual-time.ts";
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
export {
  type RuntimeApi,
  type RuntimeApiOptions,
  type RuntimeOutcome,
  startRuntimeApi,
} from "./runtime-api.ts";
export { type HttpServer, type ServeHttpOptions, serveHttp } from "./serve-http.ts";
