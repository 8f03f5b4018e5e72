/**
 * An AWS endpoint on this machine for the real SDK clients: KMS, Secrets Manager, Systems Manager
 * Parameter Store and AppConfig Data, with failures on demand.
 *
 * @module
 */
import type { AddressInfo } from "node:net";
import {
  callback,
  checkOptions,
  limitOf,
  type OptionRule,
  oneOf,
  record,
  text,
  textList,
} from "@middy-hardening/core";
import { appConfig } from "./app-config.ts";
import type { EncryptionContext } from "./ciphertext.ts";
import { createFaults, FAULT_KINDS, type InjectedFault, type LocalAwsFault } from "./faults.ts";
import { kms } from "./kms.ts";
import { randomNextValue, type SecretVersion, secretsManager } from "./secrets-manager.ts";
import { createAwsServer, type LocalAwsCall } from "./server.ts";
import { ssm } from "./ssm.ts";

export type { EncryptionContext } from "./ciphertext.ts";
export type { InjectedFault, LocalAwsFault, LocalAwsFaultKind } from "./faults.ts";
export type { SecretVersion } from "./secrets-manager.ts";
export type { LocalAwsCall } from "./server.ts";
export type { LocalAwsService } from "./service.ts";

/** A secret's value or a configuration: text, bytes, or an object that is kept as its JSON. */
export type LocalAwsValue = string | Uint8Array | object;

/** A parameter: a `String`, a `StringList`, or a `SecureString` encrypted under a key. */
export type LocalAwsParameter =
  | string
  | readonly string[]
  | { readonly secure: string; readonly keyId?: string };

/** What the endpoint starts with. */
export interface LocalAwsOptions {
  /**
   * Values of Secrets Manager by the secret's name; an object is kept as its JSON, bytes as a binary secret.
   * Default: none.
   */
  readonly secrets?: Readonly<Record<string, LocalAwsValue>> | undefined;
  /**
   * Values of the Parameter Store by name: a `String`, a `StringList`, or a `SecureString` under a key
   * (`alias/aws/ssm` unless given). Default: none.
   */
  readonly parameters?: Readonly<Record<string, LocalAwsParameter>> | undefined;
  /** Configurations of AppConfig by `application/environment/profile`. Default: none. */
  readonly appConfig?: Readonly<Record<string, LocalAwsValue>> | undefined;
  /**
   * Keys of KMS: an alias such as `alias/orders` makes a key with that alias, any other text is the
   * key's id. Default: none (but AWS's own `alias/aws/ssm` and `alias/aws/secretsmanager`).
   */
  readonly keys?: readonly string[] | undefined;
  /**
   * Makes the next value of a secret that is rotated without one. Default: a random password (of a JSON object its `password`, of bytes 32 random ones).
   */
  readonly rotate?:
    | ((name: string, current: string | Uint8Array | undefined) => LocalAwsValue)
    | undefined;
  /** Region in ARNs and in `clientConfig`. Default: `eu-west-1`. */
  readonly region?: string | undefined;
  /** Account in ARNs. Default: `123456789012`. */
  readonly accountId?: string | undefined;
  /** Port on 127.0.0.1. Default: 0 (a free one). */
  readonly port?: number | undefined;
}

/** What a client has to know to talk to the endpoint. */
export interface LocalAwsClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** An endpoint that runs until it is closed. */
export interface LocalAws extends LocalAwsClientConfig, AsyncDisposable {
  /** To be spread into the configuration of any SDK client. */
  readonly clientConfig: LocalAwsClientConfig;
  /** Environment variables for clients that take their configuration from there. */
  readonly environment: Readonly<Record<string, string>>;
  /** The calls received, oldest first. */
  readonly calls: readonly LocalAwsCall[];
  /** Forgets the calls received until now. */
  clearCalls(): void;
  /** Makes a value the current one of a secret, a new one if there is none of this name. */
  putSecret(name: string, value: LocalAwsValue): SecretVersion;
  /** Gives a secret a new current value as a rotation does: the old one is `AWSPREVIOUS` then. */
  rotateSecret(name: string, value?: LocalAwsValue): SecretVersion;
  /** Writes a parameter, over an older value too; gives the number of the version. */
  putParameter(name: string, value: LocalAwsParameter): number;
  /** Deploys a configuration to `application/environment/profile`. */
  putConfiguration(path: string, value: LocalAwsValue): void;
  /** Base64 of a value encrypted as `Encrypt` does it, such as for an environment variable. */
  encrypt(
    keyId: string,
    plaintext: string | Uint8Array,
    encryptionContext?: EncryptionContext,
  ): string;
  /** The ARN of a key, from its id or alias. */
  keyArn(keyId: string): string;
  /** Lets calls fail from now on. Where several faults fit a call, the first added one befalls it. */
  fault(fault: LocalAwsFault): InjectedFault;
  /** Ends all faults. */
  clearFaults(): void;
  /** Ends open connections, the hanging ones too, and stops. */
  close(): Promise<void>;
}

/**
 * Starts an AWS endpoint on this machine.
 *
 * ```ts
 * await using aws = await startLocalAws({ secrets: { "prod/db": "correct horse" } });
 * const client = new SecretsManagerClient(aws.clientConfig);
 * aws.fault({ kind: "throttle", operation: "GetSecretValue", times: 2 });
 * ```
 *
 * @throws TypeError for a wrong option; the listening error, such as `EADDRINUSE` for a busy port.
 */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const owner = "@middy-hardening/testing: startLocalAws";
  const {
    secrets = {},
    parameters = {},
    appConfig: configurations = {},
    keys = [],
    rotate,
    region = "eu-west-1",
    accountId = "123456789012",
    port = 0,
  } = checkOptions(owner, options, {
    secrets: record,
    parameters: record,
    appConfig: record,
    keys: textList,
    rotate: callback,
    region: text,
    accountId: text,
    port: limitOf("ports"),
  });
  const place = { region, accountId };
  const keyService = kms(place);
  const secretService = secretsManager(
    place,
    rotate === undefined
      ? randomNextValue
      : (name, current) => stored(rotate(name, current)).content,
  );
  const parameterService = ssm(place, keyService);
  const configurationService = appConfig();
  const services = {
    kms: keyService,
    secretsmanager: secretService,
    ssm: parameterService,
    appconfigdata: configurationService,
  };
  const faults = createFaults();
  const calls: LocalAwsCall[] = [];

  const putSecret: LocalAws["putSecret"] = (name, value) =>
    secretService.put(name, stored(value).content);
  const putParameter: LocalAws["putParameter"] = (name, value) => {
    if (typeof value === "string") return parameterService.put(name, value, "String", undefined);
    if ("secure" in value) {
      return parameterService.put(name, value.secure, "SecureString", value.keyId);
    }
    return parameterService.put(name, value.join(","), "StringList", undefined);
  };
  const putConfiguration: LocalAws["putConfiguration"] = (path, value) => {
    const { content, contentType } = stored(value);
    configurationService.deploy(path, { content: Buffer.from(content), contentType });
  };
  for (const key of keys) keyService.addKey(key);
  for (const [name, value] of Object.entries(secrets)) putSecret(name, value);
  for (const [name, value] of Object.entries(parameters)) putParameter(name, value);
  for (const [path, value] of Object.entries(configurations)) putConfiguration(path, value);

  const server = createAwsServer({
    services,
    accountId,
    faults,
    onCall: (call) => calls.push(call),
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: "AKIALOCALAWSENDPOINT", secretAccessKey: "local" };
  return {
    endpoint,
    region,
    credentials,
    clientConfig: { endpoint, region, credentials },
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    calls,
    clearCalls() {
      calls.length = 0;
    },
    putSecret,
    rotateSecret: (name, value) =>
      secretService.rotate(name, value === undefined ? undefined : stored(value).content),
    putParameter,
    putConfiguration,
    encrypt: (keyId, plaintext, encryptionContext = {}) =>
      keyService.encrypt(keyId, Buffer.from(plaintext), encryptionContext).toString("base64"),
    keyArn: (keyId) => keyService.arnOf(keyId),
    fault(fault) {
      const operations = Object.entries(services)
        .filter(([name]) => (fault.service ?? name) === name)
        .flatMap(([, service]) => Object.keys(service.operations));
      checkOptions("@middy-hardening/testing: fault", fault, {
        kind: oneOf(...FAULT_KINDS),
        service: oneOf(...Object.keys(services)),
        operation: oneOf(...operations),
        times: atLeastOnce,
        delayMs: limitOf("milliseconds"),
      });
      return faults.add(fault);
    },
    clearFaults: faults.clear,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const atLeastOnce: OptionRule = {
  expected: "a whole number of calls, 1 or more (Infinity for no limit)",
  accepts: (value) => limitOf("calls").accepts(value) && value !== 0,
};

/** A value as a service keeps it. */
function stored(value: LocalAwsValue): { content: string | Buffer; contentType: string } {
  if (typeof value === "string") return { content: value, contentType: "text/plain" };
  if (value instanceof Uint8Array) {
    return { content: Buffer.from(value), contentType: "application/octet-stream" };
  }
  return { content: JSON.stringify(value), contentType: "application/json" };
}
