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
import { checkOptions, type OptionRule, record, text } from "@middy-hardening/core";
import { makeAbortable } from "./abortable.ts";

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
  /** Configuration of the SDK client, such as its region or endpoint. Default: what the SDK finds in the environment. */
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
  /** Configuration of the SDK client, such as its region or endpoint. Default: what the SDK finds in the environment. */
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
  /** Configuration of the SDK client, such as its region or endpoint. Default: what the SDK finds in the environment. */
  readonly clientConfig?: ConfigOf<AppConfigProviderOptions> | undefined;
}

/** How {@link fromProvider} asks its provider. */
export interface FromProviderOptions {
  /** What the provider adds to the input of its SDK command, such as `{ ConsistentRead: true }`. Default: nothing. */
  readonly sdkOptions?: object | undefined;
}

/** What {@link fromProvider} needs of a Powertools provider. */
export type ParameterProvider = Pick<BaseProviderInterface, "get">;

const client: OptionRule = {
  expected: "a client of the AWS SDK for JavaScript v3",
  accepts: (value) => typeof (value as { send?: unknown } | null)?.send === "function",
};

const clientRules = { client, clientConfig: record };

/**
 * A secret of AWS Secrets Manager.
 *
 * @param name name or ARN of the secret.
 */
export function secretsManager(name: string, options: SecretsManagerOptions = {}): SecretSource {
  checkName("secretsManager", name);
  checkOptions("@middy-hardening/secrets-loader: secretsManager", options, {
    ...clientRules,
    versionId: text,
    versionStage: text,
  });
  const { versionId: VersionId, versionStage: VersionStage } = options;
  const provider = once(async () => {
    const { SecretsProvider } = await import("@aws-lambda-powertools/parameters/secrets");
    return new SecretsProvider(providerOptions(options));
  });
  return sourceOf(`secretsManager ${name}`, name, provider, {
    ...(VersionId !== undefined && { VersionId }),
    ...(VersionStage !== undefined && { VersionStage }),
  });
}

/**
 * A parameter of the Systems Manager Parameter Store; a `SecureString` is decrypted.
 *
 * @param name name or ARN of the parameter; `name:3` is a version of it, `name:label` a label.
 */
export function parameterStore(name: string, options: ParameterStoreOptions = {}): SecretSource {
  checkName("parameterStore", name);
  checkOptions("@middy-hardening/secrets-loader: parameterStore", options, clientRules);
  const provider = once(async () => {
    const { SSMProvider } = await import("@aws-lambda-powertools/parameters/ssm");
    return new SSMProvider(providerOptions(options));
  });
  return sourceOf(`parameterStore ${name}`, name, provider, { WithDecryption: true });
}

/** A configuration of AWS AppConfig, freeform or feature flags. */
export function appConfig(options: AppConfigOptions): SecretSource {
  checkOptions("@middy-hardening/secrets-loader: appConfig", options, {
    application: text,
    environment: text,
    name: text,
    ...clientRules,
  });
  const { application, environment, name } = options;
  for (const given of [application, environment, name]) checkName("appConfig", given);
  let made = providerOptions(options);
  /** A session of AppConfig: its token serves for one poll and gives the next. */
  const begin = async (): Promise<ParameterProvider> => {
    const { AppConfigProvider } = await import("@aws-lambda-powertools/parameters/appconfig");
    const provider = makeAbortable(new AppConfigProvider({ application, environment, ...made }));
    made = { awsSdkV3Client: provider.client };
    return provider;
  };
  let session: ParameterProvider | undefined;
  const poll = async (from: ParameterProvider): Promise<unknown> => {
    session = undefined;
    const value = await from.get(name, FRESH);
    session = from;
    return value;
  };
  return {
    title: `appConfig ${application}/${environment}/${name}`,
    async fetch(signal, isRenewal) {
      if (session !== undefined && !isRenewal) {
        try {
          return await poll(session);
        } catch (error) {
          // A token that is used, expired, or too early is of no use any more: begin anew.
          if (signal.aborted) throw error;
        }
      }
      return poll(await begin());
    },
  };
}

/**
 * A value of any Powertools provider: DynamoDB's, or a class of your own on `BaseProvider`. Its cache
 * is not used. A provider that makes no SDK calls through `this.client` finds the signal on which it
 * should give up as `abortSignal` in the options of its `_get`.
 */
export function fromProvider(
  provider: ParameterProvider,
  name: string,
  options: FromProviderOptions = {},
): SecretSource {
  checkName("fromProvider", name);
  const { sdkOptions } = checkOptions("@middy-hardening/secrets-loader: fromProvider", options, {
    sdkOptions: record,
  });
  if (typeof provider?.get !== "function") {
    throw new TypeError(
      `@middy-hardening/secrets-loader: fromProvider needs a Powertools provider.`,
    );
  }
  return sourceOf(`fromProvider ${name}`, name, async () => provider, sdkOptions);
}

/** Powertools' cache is passed over, in reading and in writing: it would keep a plain value. */
const FRESH = { forceFetch: true, maxAge: 0 };

function sourceOf(
  title: string,
  name: string,
  connect: () => Promise<ParameterProvider>,
  sdkOptions: object | undefined,
): SecretSource {
  return {
    title,
    async fetch(abortSignal) {
      const provider = makeAbortable(await connect());
      return provider.get(name, { ...FRESH, sdkOptions, abortSignal } as typeof FRESH);
    },
  };
}

function checkName(owner: string, name: unknown): void {
  if (text.accepts(name)) return;
  throw new TypeError(`@middy-hardening/secrets-loader: ${owner} needs a name, ${text.expected}.`);
}

interface ClientOptions<Client, Config> {
  readonly client?: Client | undefined;
  readonly clientConfig?: Config | undefined;
}

/** As a Powertools provider takes them: one of the two. */
function providerOptions<Client, Config>({
  client: awsSdkV3Client,
  clientConfig,
}: ClientOptions<Client, Config>): { awsSdkV3Client: Client } | { clientConfig: Config } | object {
  if (awsSdkV3Client !== undefined) return { awsSdkV3Client };
  return clientConfig === undefined ? {} : { clientConfig };
}

/** Calls `make` when it is first needed, and again only after a failure. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
