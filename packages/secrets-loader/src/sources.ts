/**
 * Where secrets come from. Powertools' providers and the SDK clients below them are imported when
 * the first secret is fetched.
 *
 * @module
 */
import type { AppConfigProviderOptions } from "@aws-lambda-powertools/parameters/appconfig/types";
import type { BaseProviderInterface } from "@aws-lambda-powertools/parameters/base/types";
import type { SecretsProviderOptions } from "@aws-lambda-powertools/parameters/secrets/types";
import type { SSMProviderOptions } from "@aws-lambda-powertools/parameters/ssm/types";
import { type OptionRule, record, text } from "@middy-hardening/core";
import { makeAbortable } from "./abortable.ts";
import { check } from "./options.ts";

/** Where a secret comes from: made by one of the functions of this package. */
export interface SecretSource {
  /** The name for the log. */
  readonly title: string;
  /**
   * Fetches the value: text, bytes, or what `as: "json"` accepts as parsed.
   *
   * @param isRenewal the last value was refused: an answer kept from earlier will not do.
   */
  fetch(signal: AbortSignal, isRenewal: boolean): Promise<unknown>;
}

type ClientOf<Options extends { awsSdkV3Client?: unknown }> = NonNullable<
  Options["awsSdkV3Client"]
>;
type ConfigOf<Options extends { clientConfig?: unknown }> = NonNullable<Options["clientConfig"]>;

/** How {@link secretsManager} finds a secret. */
export interface SecretsManagerOptions {
  /** An SDK client of your own. Default: one made from `clientConfig`. */
  readonly client?: ClientOf<SecretsProviderOptions> | undefined;
  /**
   * Configuration of the SDK client: region, endpoint, credentials, retries and so on. Default: what the SDK
   * finds in the environment.
   */
  readonly clientConfig?: ConfigOf<SecretsProviderOptions> | undefined;
  /** The version with this id. Default: that of `versionStage`. */
  readonly versionId?: string | undefined;
  /** The version with this staging label. Default: `AWSCURRENT`. */
  readonly versionStage?: string | undefined;
}

/** How {@link parameterStore} finds a parameter. */
export interface ParameterStoreOptions {
  /** An SDK client of your own. Default: one made from `clientConfig`. */
  readonly client?: ClientOf<SSMProviderOptions> | undefined;
  /**
   * Configuration of the SDK client: region, endpoint, credentials, retries and so on. Default: what the SDK
   * finds in the environment.
   */
  readonly clientConfig?: ConfigOf<SSMProviderOptions> | undefined;
}

/** How {@link appConfig} finds a configuration. */
export interface AppConfigOptions {
  /** Name or id of the application. Required. */
  readonly application: string;
  /** Name or id of the environment. Required. */
  readonly environment: string;
  /** Name or id of the configuration profile. Required. */
  readonly name: string;
  /** An SDK client of your own. Default: one made from `clientConfig`. */
  readonly client?: ClientOf<AppConfigProviderOptions> | undefined;
  /**
   * Configuration of the SDK client: region, endpoint, credentials, retries and so on. Default: what the SDK
   * finds in the environment.
   */
  readonly clientConfig?: ConfigOf<AppConfigProviderOptions> | undefined;
}

/** How {@link fromProvider} asks its provider. */
export interface FromProviderOptions {
  /** What the provider adds to the input of its SDK command, such as `{ ConsistentRead: true }`. Default: nothing. */
  readonly sdkOptions?: object | undefined;
}

/** What {@link fromProvider} needs of a Powertools provider. */
export type ParameterProvider = Pick<BaseProviderInterface, "get">;

const clientRules = { client: record, clientConfig: record };

/**
 * A secret of AWS Secrets Manager.
 *
 * @param name name or ARN of the secret.
 */
export function secretsManager(name: string, options: SecretsManagerOptions = {}): SecretSource {
  const { versionId: VersionId, versionStage: VersionStage } = options;
  return sourceOf(
    "secretsManager",
    name,
    options,
    { ...clientRules, versionId: text, versionStage: text },
    async () => {
      const { SecretsProvider } = await import("@aws-lambda-powertools/parameters/secrets");
      return new SecretsProvider(connectionOf(options));
    },
    { VersionId, VersionStage },
  );
}

/**
 * A parameter of the Systems Manager Parameter Store; a `SecureString` is decrypted.
 *
 * @param name name or ARN of the parameter; `name:3` is a version of it, `name:label` a label.
 */
export function parameterStore(name: string, options: ParameterStoreOptions = {}): SecretSource {
  return sourceOf(
    "parameterStore",
    name,
    options,
    clientRules,
    async () => {
      const { SSMProvider } = await import("@aws-lambda-powertools/parameters/ssm");
      return new SSMProvider(connectionOf(options));
    },
    { WithDecryption: true },
  );
}

/** A configuration of AWS AppConfig, freeform or feature flags. */
export function appConfig(options: AppConfigOptions): SecretSource {
  const { application, environment, name } = options;
  let connection = connectionOf(options);
  /** Holds the token for its next poll, which AppConfig answers only with what has changed. */
  let session: ParameterProvider | undefined;

  const begin = async (): Promise<ParameterProvider> => {
    const { AppConfigProvider } = await import("@aws-lambda-powertools/parameters/appconfig");
    const begun = makeAbortable(new AppConfigProvider({ application, environment, ...connection }));
    connection = { awsSdkV3Client: begun.client };
    return begun;
  };
  const poll = async (polled: ParameterProvider): Promise<unknown> => {
    const value = await polled.get(name, FRESH);
    session = polled;
    return value;
  };
  return sourceOf(
    "appConfig",
    name,
    options,
    { application: text, environment: text, ...clientRules },
    async () => ({
      get(_name: string, { isRenewal }: FetchOptions) {
        const begun = isRenewal ? undefined : session;
        session = undefined;
        const beginAnew = async (): Promise<unknown> => poll(await begin());
        // A token that is used up, expired or too early is of no use any more.
        return begun === undefined ? beginAnew() : poll(begun).catch(beginAnew);
      },
    }),
    undefined,
    "application",
    "environment",
  );
}

/**
 * A value of any Powertools provider: DynamoDB's, or a class of your own on `BaseProvider`. Its cache
 * is not used. One that makes no SDK calls through `this.client` finds the signal on which it should
 * give up as `abortSignal` in the options of its `_get`.
 */
export function fromProvider(
  provider: ParameterProvider,
  name: string,
  options: FromProviderOptions = {},
): SecretSource {
  return sourceOf(
    "fromProvider",
    name,
    { ...options, provider },
    { sdkOptions: record, provider: record },
    async () => provider,
    options.sdkOptions,
    "provider",
  );
}

/** What a provider's `get` is asked with. */
interface FetchOptions {
  /** Powertools' cache is passed over, in reading and in writing: it would keep the plain value. */
  readonly forceFetch: true;
  readonly maxAge: 0;
  readonly sdkOptions: object | undefined;
  readonly abortSignal: AbortSignal;
  readonly isRenewal: boolean;
}

const FRESH = { forceFetch: true, maxAge: 0 } as const;

function sourceOf<Options extends object>(
  kind: string,
  name: string,
  options: Options,
  rules: { readonly [Name in Exclude<keyof Options, "name">]-?: OptionRule },
  connect: () => Promise<object>,
  sdkOptions: object | undefined,
  ...needed: readonly (keyof Options)[]
): SecretSource {
  check<object>(
    `: ${kind}`,
    { ...options, name },
    { ...rules, name: text },
    ...(["name", ...needed] as never[]),
  );
  let provider: Promise<object> | undefined;
  return {
    title: `${kind} ${name}`,
    async fetch(abortSignal, isRenewal) {
      provider ??= connect();
      const asked: FetchOptions = { ...FRESH, sdkOptions, abortSignal, isRenewal };
      return (makeAbortable(await provider) as ParameterProvider).get(name, asked);
    },
  };
}

/** As Powertools calls them. */
const connectionOf = (options: { client?: unknown; clientConfig?: unknown }): object => ({
  awsSdkV3Client: options.client,
  clientConfig: options.clientConfig,
});
