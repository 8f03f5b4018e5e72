/**
 * Secrets from Secrets Manager, Parameter Store, AppConfig or any Powertools provider: cached,
 * refreshed, rotated, and readable only where they are used.
 *
 * @module
 */
import type { MiddlewareObj, Request } from "@middy/core";
import {
  addSecrets,
  deadlineOf,
  limitOf,
  type NamedSecrets,
  type OptionRule,
  oneOf,
  onTermination,
  publishSecurityEvent,
  record,
  type Secret,
  untilAborted,
} from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type CachedSecret, cachedSecret, type Flight } from "./cached-secret.ts";
import { trackInvocations } from "./invocations.ts";
import { ENDED, unavailable } from "./load-failure.ts";
import { check, SOURCE } from "./options.ts";
import type { SecretSource } from "./sources.ts";
import type { SecretForm } from "./value.ts";

export { type RotationOptions, withRotation } from "./rotation.ts";
export {
  type AppConfigOptions,
  appConfig,
  type FromProviderOptions,
  fromProvider,
  type ParameterProvider,
  type ParameterStoreOptions,
  parameterStore,
  type SecretSource,
  type SecretsManagerOptions,
  secretsManager,
} from "./sources.ts";
export type { SecretForm } from "./value.ts";

/** One secret: where it comes from and what it is. */
export interface SecretOptions {
  /** Where it comes from: `secretsManager(...)`, `parameterStore(...)`, `appConfig(...)` or `fromProvider(...)`. Required. */
  readonly from: SecretSource;
  /**
   * Its form: `text`, `json` or `binary` (a `Uint8Array`). A binary secret of Secrets Manager may be read as any
   * of the three, if it is UTF-8. Default: `text`.
   */
  readonly as?: SecretForm | undefined;
  /** Any Standard Schema. What it returns is the value, and gives its type. Default: none. */
  readonly schema?: StandardSchemaV1 | undefined;
}

/** What {@link secretsLoader} loads, and how old it may become. */
export interface SecretsLoaderOptions {
  /** The secrets by the names that they have in `context.secrets`. Required. */
  readonly secrets: Readonly<Record<string, SecretOptions>>;
  /**
   * Age, in milliseconds, from which a value is not used without asking AWS for a newer one. Each environment
   * takes up to a tenth less, by chance, so that a thousand of them do not ask in the same second. Default:
   * 300,000 (5 minutes).
   */
  readonly maxAgeMs?: number | undefined;
  /**
   * How much older than `maxAgeMs`, in milliseconds, a value may become while AWS fails. 0: not at all. Default:
   * 3,600,000 (1 hour).
   */
  readonly maxStaleMs?: number | undefined;
  /**
   * Longest time for one load with all its retries, in milliseconds, at most 900,000. A call that is not
   * answered in half of it is made anew on another connection. Default: 2,000.
   */
  readonly timeoutMs?: number | undefined;
}

/** The value of a secret: what its schema returns, or what its form is. */
export type SecretValue<Options extends SecretOptions> = Options extends {
  readonly schema: infer Schema extends StandardSchemaV1;
}
  ? StandardSchemaV1.InferOutput<Schema>
  : Options extends { readonly as: "json" }
    ? unknown
    : Options extends { readonly as: "binary" }
      ? Uint8Array
      : string;

/** The context with its secrets. */
export type SecretsContext<Secrets extends SecretsLoaderOptions["secrets"]> = Request["context"] & {
  readonly secrets: { readonly [Name in keyof Secrets]: Secret<SecretValue<Secrets[Name]>> };
};

/** How long an invocation waits at its end for a refresh; what takes longer is aborted. */
const GRACE_MS = 200;
/** What is left of the function's time for the response. */
const RESERVE_MS = 100;

/** The longest that a Lambda function runs. */
const LONGEST_MS = 900_000;

const time = limitOf("milliseconds");

const schema: OptionRule = {
  expected: "a Standard Schema",
  accepts: (value) => "~standard" in Object(value),
};

/**
 * Puts secrets on `context.secrets`, typed by their schemas; each is a `Secret` that only
 * `reveal()` opens. A handler never runs without them.
 *
 * ```ts
 * export const handler = middy()
 *   .use(
 *     secretsLoader({
 *       secrets: {
 *         database: { from: secretsManager("prod/orders/db"), as: "json", schema: Login },
 *         apiKey: { from: parameterStore("/prod/orders/api-key") },
 *       },
 *     }),
 *   )
 *   .handler(async (event, context) => connect(context.secrets.database.reveal()));
 * ```
 *
 * @throws TypeError when an option is unknown or wrong (at construction).
 * @throws PublicError 503 `secret_unavailable` from `before`, and at the deadline of `context.deadline`
 *   the reason of its signal.
 */
export function secretsLoader<const Secrets extends SecretsLoaderOptions["secrets"]>(
  options: SecretsLoaderOptions & { readonly secrets: Secrets },
): MiddlewareObj<unknown, unknown, Error, SecretsContext<Secrets>> {
  const {
    secrets,
    maxAgeMs = 300_000,
    maxStaleMs = 3_600_000,
    timeoutMs = 2_000,
  } = check<SecretsLoaderOptions>(
    "",
    options,
    { secrets: record, maxAgeMs: time, maxStaleMs: time, timeoutMs: time },
    "secrets",
  );
  const invocations = trackInvocations();

  /** What the next invocation gets without a look at each secret, and the time for which that holds. */
  let ready: NamedSecrets | undefined;
  let readyFrom = 0;
  let readyUntil = 0;

  const shared = {
    maxAgeMs,
    maxStaleMs,
    timeoutMs: Math.min(timeoutMs, LONGEST_MS),
    onReplaced(old: Secret<unknown> | undefined) {
      ready = undefined;
      if (old !== undefined) invocations.retire(old);
    },
  };
  const cached = Object.entries(secrets).map(([name, given]) => {
    const rules = { from: record, as: oneOf("text", "json", "binary"), schema };
    const plan = check(`: secrets.${name}`, given, rules, "from");
    return cachedSecret({ ...shared, ...plan, name });
  });
  if (isInitPhase(process.env)) for (const one of cached) void one.load();

  const handOut = (request: Request): undefined => {
    // All of them are there, or the invocation would have been refused.
    ready ??= Object.fromEntries(
      cached.map(({ name, secret }) => [name, secret as Secret<unknown>]),
    );
    readyFrom = Math.max(...cached.map(({ fetchedAt }) => fetchedAt));
    readyUntil = Math.min(...cached.map(({ calmUntil }) => calmUntil));
    addSecrets(request.context, ready);
  };

  const load = async (request: Request, needed: readonly CachedSecret[]): Promise<undefined> => {
    // Others may wait for the same loads: at its deadline, an invocation ends its own waiting.
    const signal = deadlineOf(request.context)?.signal;
    const loads = needed.map((one) => one.loadForInvocation(signal));
    await untilAborted(Promise.all(loads), signal);
    const now = Date.now();
    const problems: string[] = [];
    for (const one of cached) {
      const { name, secret, problem } = one;
      if (problem === undefined || (secret !== undefined && !needed.includes(one))) continue;
      const isUsable = one.isUsableAt(now);
      publishSecurityEvent(request, {
        name: "secret_load_fail",
        params: [name],
        outcome: isUsable ? "detected" : "blocked",
        description: isUsable ? `${problem} Its last value is used.` : problem,
        source: SOURCE,
        // Each run of a durable execution loads for itself.
        onReplay: "publish",
      });
      if (!isUsable) problems.push(problem);
    }
    if (problems.length > 0) throw unavailable(problems);
    return handOut(request);
  };

  /** A durable execution that is suspended waits for nothing more. */
  const abandon = (request: Request): void => {
    if (!invocations.end(request)) return;
    for (const { flight } of cached) flight?.abort(ENDED);
  };

  const before = function secretsLoaderBefore(request: Request): undefined | Promise<undefined> {
    invocations.begin(request);
    onTermination(request.context, () => abandon(request));
    const now = Date.now();
    if (ready !== undefined && now >= readyFrom && now < readyUntil) {
      addSecrets(request.context, ready);
      return undefined;
    }
    const needed: CachedSecret[] = [];
    for (const one of cached) {
      const need = one.needAt(now);
      if (need === "load") needed.push(one);
      else if (need === "refresh") void one.load();
    }
    return needed.length === 0 ? handOut(request) : load(request, needed);
  };

  /** Nothing runs on into a frozen environment: the last invocation waits a moment, then aborts. */
  const drain = async (request: Request, flights: readonly Flight[]): Promise<undefined> => {
    const remainingMs = request.context.getRemainingTimeInMillis?.() ?? LONGEST_MS;
    const deadlineMs = deadlineOf(request.context)?.remainingMs() ?? LONGEST_MS;
    const timer = setTimeout(
      () => {
        for (const flight of flights) flight.abort(ENDED);
      },
      Math.max(0, Math.min(GRACE_MS, remainingMs - RESERVE_MS, deadlineMs)),
    );
    await Promise.all(flights.map(({ done }) => done));
    clearTimeout(timer);
  };

  const end = function secretsLoaderEnd(request: Request): undefined | Promise<undefined> {
    const isLast = invocations.end(request);
    const flights = cached.flatMap(({ flight }) => flight ?? []);
    return isLast && flights.length > 0 ? drain(request, flights) : undefined;
  };

  return { before, after: end, onError: end };
}

export default secretsLoader;

/** Whether this is Lambda, where time before the first invocation costs its caller nothing. */
function isInitPhase(environment: NodeJS.ProcessEnv): boolean {
  const { AWS_LAMBDA_INITIALIZATION_TYPE: type, AWS_LAMBDA_FUNCTION_NAME: name } = environment;
  // A snapshot is no place for a secret, nor would it be fresh after it.
  return type !== "snap-start" && (type ?? name) !== undefined;
}
