/**
 * `harden()`: every protection of middy-hardening, in the order in which they work together.
 *
 * @module
 */
import type { MiddlewareObj } from "@middy/core";
import { checkOptions, either, type OptionRule, oneOf, record } from "@middy-hardening/core";
import { type ErrorSanitizerOptions, errorSanitizer } from "@middy-hardening/error-sanitizer";
import {
  type InputValidatorOptions,
  inputValidator,
  type ValidatedContext,
  type ValidatedEvent,
} from "@middy-hardening/input-validator";
import {
  type PayloadGuardOptions,
  payloadGuard,
  type ResponseGuardOptions,
  responseGuard,
} from "@middy-hardening/payload-guard";
import { type SecurityHeadersOptions, securityHeaders } from "@middy-hardening/security-headers";
import { type SecurityLoggerOptions, securityLogger } from "@middy-hardening/security-logger";
import {
  type Deadline,
  type TimeoutGuard,
  type TimeoutGuardOptions,
  timeoutGuard,
  withDeadline,
} from "@middy-hardening/timeout-guard";

/** A middleware made by its own package, whatever its types. */
interface Middleware {
  readonly before?: (request: never) => unknown;
  readonly after?: (request: never) => unknown;
  readonly onError?: (request: never) => unknown;
}

/**
 * The options of `inputValidator` stand at the top, since they are what a function says of itself;
 * every other protection has a group of its own, which `false` switches off.
 */
export interface HardenOptions extends InputValidatorOptions {
  /** What a caller may learn from a failure. Default: on, with the defaults of `errorSanitizer`. */
  readonly errorSanitizer?: ErrorSanitizerOptions | false | undefined;
  /** Structured logs and metrics. Default: on, with the defaults of `securityLogger`. */
  readonly securityLogger?: SecurityLoggerOptions | false | undefined;
  /** Bounds on the response. Default: on, with the defaults of `responseGuard`. */
  readonly responseGuard?: ResponseGuardOptions | false | undefined;
  /** Response headers and CORS. Default: on, with the defaults of `securityHeaders`. */
  readonly securityHeaders?: SecurityHeadersOptions | false | undefined;
  /**
   * A deadline for the invocation: options, or what `timeoutGuard()` gives, whose plugin then goes to
   * `middy(handler, deadline.plugin)`. Default: on, with the defaults of `timeoutGuard`.
   */
  readonly timeoutGuard?: TimeoutGuardOptions | TimeoutGuard | false | undefined;
  /** Bounds on the request and on each record. Default: on, with the defaults of `payloadGuard`. */
  readonly payloadGuard?: PayloadGuardOptions | false | undefined;
  /** The middleware that `secretsLoader()` of `@middy-hardening/secrets-loader` gives: it takes its place in the order. Default: none. */
  readonly secretsLoader?: Middleware | undefined;
  /** The middleware that `kmsDecryptor()` of `@middy-hardening/kms-decryptor` gives: it takes its place in the order. Default: none. */
  readonly kmsDecryptor?: Middleware | undefined;
}

/** The event and context types that a middleware brings; `unknown` where there is none. */
type TypesOf<Given> =
  Given extends MiddlewareObj<infer Event, infer _Result, infer _Error, infer Context>
    ? { event: Event; context: Context }
    : { event: unknown; context: unknown };

type OptionOf<Options, Name extends string> = Name extends keyof Options
  ? Options[Name]
  : undefined;

type DeadlineOf<Given> = Given extends false ? unknown : { readonly deadline: Deadline };

/** A middleware of {@link harden}: its event and context types are those of the validated invocation. */
export type HardenMiddleware<Options extends HardenOptions> = MiddlewareObj<
  ValidatedEvent<Options> & TypesOf<OptionOf<Options, "kmsDecryptor">>["event"],
  unknown,
  Error,
  ValidatedContext<Options> &
    DeadlineOf<OptionOf<Options, "timeoutGuard">> &
    TypesOf<OptionOf<Options, "secretsLoader">>["context"] &
    TypesOf<OptionOf<Options, "kmsDecryptor">>["context"]
>;

const group = either(record, oneOf(false));

const middleware: OptionRule = {
  expected: "the middleware that its package makes, such as secretsLoader({ ... })",
  accepts: (value) => typeof Object(value).before === "function",
};

const isMiddleware = (given: TimeoutGuardOptions | TimeoutGuard): given is TimeoutGuard =>
  "before" in given;

/** Taken as they are: `inputValidator` checks its own options. */
const checkedByValidator: OptionRule = { expected: "", accepts: () => true };

const rules: { readonly [Name in keyof Required<HardenOptions>]: OptionRule } = {
  body: checkedByValidator,
  query: checkedByValidator,
  path: checkedByValidator,
  headers: checkedByValidator,
  event: checkedByValidator,
  context: checkedByValidator,
  record: checkedByValidator,
  response: checkedByValidator,
  onInvalidRecord: checkedByValidator,
  recordType: checkedByValidator,
  envelope: checkedByValidator,
  maxDecompressedBytes: checkedByValidator,
  eventSource: checkedByValidator,
  bodyType: checkedByValidator,
  duplicateKeys: checkedByValidator,
  repeatedQuery: checkedByValidator,
  errorSanitizer: group,
  securityLogger: group,
  responseGuard: group,
  securityHeaders: group,
  timeoutGuard: group,
  payloadGuard: group,
  secretsLoader: middleware,
  kmsDecryptor: middleware,
};

/**
 * The suite's middlewares in the right order, for one `.use()`, before any other middleware.
 *
 * ```ts
 * export const handler = middy()
 *   .use(harden({ body: z.strictObject({ sku: z.string(), quantity: z.int() }) }))
 *   .handler(async (event) => ({ statusCode: 201, body: JSON.stringify(await place(event.body)) }));
 * ```
 *
 * @throws TypeError when an option is unknown or of the wrong kind (at construction).
 */
export function harden(): HardenMiddleware<Record<never, never>>[];
// Without a default for its type parameter: with one, callbacks among the options lose their types.
export function harden<const Options extends HardenOptions>(
  options: Options | undefined,
): HardenMiddleware<Options>[];
export function harden(options: HardenOptions = {}): MiddlewareObj[] {
  checkOptions("@middy-hardening/preset", options, rules);
  const {
    errorSanitizer: errors = {},
    securityLogger: log = {},
    responseGuard: answer = {},
    securityHeaders: headers = {},
    timeoutGuard: time = {},
    payloadGuard: payload = {},
    secretsLoader,
    kmsDecryptor,
    ...validation
  } = options;

  /** What may wait for something is cut off when the time is up. */
  const inTime = (given: Middleware | false | undefined): Middleware | false | undefined =>
    time && given ? withDeadline(given as MiddlewareObj) : given;

  // Outermost first. The reasons for this order are in the README.
  const chain: (Middleware | false | undefined)[] = [
    errors && errorSanitizer(errors),
    log && securityLogger(log),
    answer && responseGuard(answer),
    headers && securityHeaders(headers),
    time && (isMiddleware(time) ? time : timeoutGuard(time)),
    payload && payloadGuard(alike(payload, validation)),
    inTime(secretsLoader),
    inTime(validates(validation) && inputValidator(validation)),
    inTime(kmsDecryptor),
  ];
  return chain.filter(Boolean) as MiddlewareObj[];
}

/** Without a schema or an event source, there is nothing for the validator to do. */
function validates({ onInvalidRecord: _whatever, ...validation }: InputValidatorOptions): boolean {
  return Object.keys(validation).length > 0;
}

/**
 * The guard with the validator's notion of what comes: form bodies must not be refused before the
 * validator sees them, and a record is as bad to the one as to the other.
 */
function alike(
  payload: PayloadGuardOptions,
  { bodyType, onInvalidRecord }: InputValidatorOptions,
): PayloadGuardOptions {
  const isForm = bodyType === "form" && payload.contentTypes === undefined;
  return {
    onInvalidRecord,
    ...payload,
    ...(isForm && { contentTypes: ["application/x-www-form-urlencoded"] }),
  };
}

export default harden;
