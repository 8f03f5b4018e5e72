/**
 * What the packages of middy-hardening share.
 *
 * @module
 */
export { completeBatchResponse, completeFailureResponse } from "./batch-response.ts";
export { addSecrets, type NamedSecrets } from "./context-secrets.ts";
export { holdsCredential } from "./credentials.ts";
export { type Deadline, deadlineOf, untilAborted } from "./deadline.ts";
export { failInvocationAlone, isDurable, onTermination } from "./durable-execution.ts";
export {
  type EventRecord,
  isRecordSource,
  type PayloadPlace,
  payloadPlaceOf,
  type RecordSource,
  recordsOf,
  withRecords,
} from "./event-records.ts";
export {
  type EventSource,
  eventSourceOf,
  type HttpEventSource,
  isFormat2,
  isHttpSource,
  readsStatus,
} from "./event-source.ts";
export {
  base64ByteLength,
  bodyText,
  decodeBase64,
  headerValues,
  isJson,
  mediaType,
} from "./http-request.ts";
export {
  addHeader,
  deleteHeader,
  getHeader,
  type HeaderValue,
  type HttpResponse,
  headerNames,
  ownResponse,
  setHeader,
} from "./http-response.ts";
export {
  type HttpInvocation,
  type Invocation,
  invocationOf,
  type RequestLike,
} from "./invocation.ts";
export { holdsMark, type Mark } from "./mark.ts";
export {
  callback,
  checkOptions,
  either,
  flag,
  limitOf,
  type OptionRule,
  oneOf,
  record,
  text,
  textList,
} from "./options.ts";
export { expectStill, tellOfLostTrigger } from "./other-middlewares.ts";
export {
  canReport,
  defaultDisposition,
  type RecordDisposition,
  type RejectedRecord,
  rejectRecords,
} from "./partial-batch.ts";
export { printable } from "./printable.ts";
export { isPublicError, PublicError, type PublicErrorOptions } from "./public-error.ts";
export { isRefusal, type Refusal, refusalOf, refuse, withoutFrames } from "./refuse.ts";
export { asResponseBody } from "./response-body.ts";
export { type FoundSecret, findSecret, findSecrets, Secret } from "./secret.ts";
export { type AgingSecret, announceAge, oldestSecretAgeMs } from "./secret-age.ts";
export {
  type ExtensionEventName,
  type OwaspEventName,
  publishSecurityEvent,
  SECURITY_EVENT_CHANNEL,
  type SecurityEvent,
  type SecurityEventInput,
  type SecurityEventName,
  type Severity,
  severityOf,
} from "./security-event.ts";
export {
  atSettlement,
  isSuspended,
  type Review,
  type SettlementTask,
  settle,
  settleEarly,
  settleNow,
} from "./settlement.ts";
export { statusTitle } from "./status.ts";
