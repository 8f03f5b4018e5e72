/**
 * The local Secrets Manager: secrets with versions and staging labels.
 *
 * @module
 * @see "AWS Secrets Manager API Reference"
 */
import { randomBytes, randomUUID } from "node:crypto";
import { AwsError, validationError } from "./aws-error.ts";
import { type Input, optionalBytes, optionalText, optionalTextList, text } from "./input.ts";
import { epochSeconds, type Place, type Service } from "./service.ts";

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
const MAX_VALUE_BYTES = 65_536;
/** Older versions without a label are forgotten, as AWS forgets them. */
const MAX_VERSIONS = 100;
const NAME = /^[\w/+=.@!-]{1,512}$/;

interface Version {
  readonly id: string;
  readonly value: string | Buffer;
  readonly created: Date;
  readonly stages: Set<string>;
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly created: Date;
  readonly versions: Map<string, Version>;
  changed: Date;
}

/** What a rotation makes of a secret's current value, if it has one. */
export type NextValue = (name: string, current: string | Buffer | undefined) => string | Buffer;

/** A version that now is the current one. */
export interface SecretVersion {
  readonly arn: string;
  readonly versionId: string;
}

/** The service, and what the endpoint itself does with its secrets. */
export interface SecretsManager extends Service {
  /** Makes a value the current one, of a new secret if there is none of this name. */
  put(name: string, value: string | Buffer): SecretVersion;
  /** Makes a new value the current one, as a rotation does. @throws AwsError for an unknown secret. */
  rotate(name: string, value: string | Buffer | undefined): SecretVersion;
}

/** @param nextValue what a rotation makes of the current value, when it is not given another. */
export function secretsManager(place: Place, nextValue: NextValue): SecretsManager {
  const arnPrefix = `arn:aws:secretsmanager:${place.region}:${place.accountId}:secret:`;
  const secrets = new Map<string, Secret>();

  /** The secret of a name, an ARN, or an ARN without its random ending. */
  const find = (id: string): Secret => {
    for (const secret of secrets.values()) {
      if (id === secret.name || id === secret.arn || id === `${arnPrefix}${secret.name}`) {
        return secret;
      }
    }
    throw notFound("Secrets Manager can't find the specified secret.");
  };

  const create = (name: string, description: string | undefined): Secret => {
    if (!NAME.test(name)) {
      throw validationError(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
      );
    }
    const now = new Date();
    const secret: Secret = {
      name,
      arn: `${arnPrefix}${name}-${randomSuffix()}`,
      description,
      created: now,
      changed: now,
      versions: new Map(),
    };
    secrets.set(name, secret);
    return secret;
  };

  const put = (name: string, value: string | Buffer): SecretVersion => {
    const secret = secrets.get(name) ?? create(name, undefined);
    return { arn: secret.arn, versionId: addVersion(secret, randomUUID(), value, [CURRENT]).id };
  };

  const rotate = (
    id: string,
    value: string | Buffer | undefined,
    versionId: string = randomUUID(),
  ) => {
    const secret = find(id);
    const next = value ?? nextValue(secret.name, labelled(secret, CURRENT)?.value);
    return { arn: secret.arn, versionId: addVersion(secret, versionId, next, [CURRENT]).id };
  };

  return {
    target: "secretsmanager",
    messageMember: "Message",
    actionPrefix: "secretsmanager",
    throttled: { statusCode: 400 },
    denied: { statusCode: 400 },
    failed: { code: "InternalServiceError" },
    put,
    rotate: (name, value) => rotate(name, value),
    operations: {
      CreateSecret(input) {
        const name = text(input, "Name");
        const value = optionalValue(input);
        const versionId = requestToken(input);
        const existing = secrets.get(name);
        const repeated = existing?.versions.get(versionId);
        if (existing !== undefined && (value === undefined || !isSame(repeated?.value, value))) {
          throw new AwsError(
            "ResourceExistsException",
            `The operation failed because the secret ${name} already exists.`,
          );
        }
        const secret = existing ?? create(name, optionalText(input, "Description"));
        if (value === undefined) return { ARN: secret.arn, Name: name };
        if (repeated === undefined) addVersion(secret, versionId, value, [CURRENT]);
        return { ARN: secret.arn, Name: name, VersionId: versionId };
      },
      GetSecretValue(input) {
        const secret = find(text(input, "SecretId"));
        const { id, value, created, stages } = wanted(secret, input);
        return {
          ARN: secret.arn,
          Name: secret.name,
          VersionId: id,
          ...(typeof value === "string"
            ? { SecretString: value }
            : { SecretBinary: value.toString("base64") }),
          VersionStages: [...stages],
          CreatedDate: epochSeconds(created),
        };
      },
      PutSecretValue(input) {
        const secret = find(text(input, "SecretId"));
        const value = optionalValue(input);
        if (value === undefined) {
          throw new AwsError(
            "InvalidParameterException",
            "You must provide either SecretString or SecretBinary.",
          );
        }
        const versionId = requestToken(input);
        const stages = optionalTextList(input, "VersionStages", 20) ?? [CURRENT];
        let version = secret.versions.get(versionId);
        if (version === undefined) version = addVersion(secret, versionId, value, stages);
        else if (!isSame(version.value, value)) {
          throw new AwsError(
            "ResourceExistsException",
            "You can't modify an existing version, you can only create a new version.",
          );
        }
        return {
          ARN: secret.arn,
          Name: secret.name,
          VersionId: versionId,
          VersionStages: [...version.stages],
        };
      },
      RotateSecret(input) {
        const secret = find(text(input, "SecretId"));
        const { versionId } = rotate(secret.arn, undefined, requestToken(input));
        return { ARN: secret.arn, Name: secret.name, VersionId: versionId };
      },
      DescribeSecret(input) {
        const secret = find(text(input, "SecretId"));
        return {
          ARN: secret.arn,
          Name: secret.name,
          ...(secret.description === undefined ? {} : { Description: secret.description }),
          CreatedDate: epochSeconds(secret.created),
          LastChangedDate: epochSeconds(secret.changed),
          VersionIdsToStages: Object.fromEntries(
            [...secret.versions.values()]
              .filter(({ stages }) => stages.size > 0)
              .map(({ id, stages }) => [id, [...stages]]),
          ),
        };
      },
    },
  };
}

const labelled = (secret: Secret, stage: string): Version | undefined =>
  [...secret.versions.values()].find(({ stages }) => stages.has(stage));

/** The version that a request names by id, by label, by both or by neither. */
function wanted(secret: Secret, input: Input): Version {
  const versionId = optionalText(input, "VersionId");
  const stage = optionalText(input, "VersionStage");
  if (versionId === undefined) {
    const label = stage ?? CURRENT;
    const version = labelled(secret, label);
    if (version !== undefined) return version;
    throw notFound(
      `Secrets Manager can't find the specified secret value for staging label: ${label}`,
    );
  }
  const version = secret.versions.get(versionId);
  if (version === undefined) {
    throw notFound(
      `Secrets Manager can't find the specified secret value for VersionId: ${versionId}`,
    );
  }
  if (stage !== undefined && !version.stages.has(stage)) {
    throw new AwsError(
      "InvalidRequestException",
      "You provided a VersionStage that is not associated to the provided VersionId.",
    );
  }
  return version;
}

/** Adds a version and moves the labels to it; what was current becomes the previous one. */
function addVersion(
  secret: Secret,
  id: string,
  value: string | Buffer,
  stages: readonly string[],
): Version {
  const before = labelled(secret, CURRENT);
  for (const stage of stages) labelled(secret, stage)?.stages.delete(stage);
  if (before !== undefined && stages.includes(CURRENT)) {
    labelled(secret, PREVIOUS)?.stages.delete(PREVIOUS);
    before.stages.add(PREVIOUS);
  }
  const version: Version = { id, value, created: new Date(), stages: new Set(stages) };
  // A secret's first version is the current one, whatever other labels it has.
  if (secret.versions.size === 0) version.stages.add(CURRENT);
  secret.versions.set(id, version);
  secret.changed = version.created;
  for (const old of secret.versions.values()) {
    if (secret.versions.size <= MAX_VERSIONS) break;
    if (old.stages.size === 0) secret.versions.delete(old.id);
  }
  return version;
}

function optionalValue(input: Input): string | Buffer | undefined {
  const string = optionalText(input, "SecretString");
  const binary = optionalBytes(input, "SecretBinary", MAX_VALUE_BYTES);
  if (string !== undefined && binary !== undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (string === "" || Buffer.byteLength(string ?? "") > MAX_VALUE_BYTES) {
    throw validationError(`SecretString must have length between 1 and ${MAX_VALUE_BYTES}`);
  }
  return string ?? binary;
}

/** The id of the version to make: the client's, so that a repeated request makes no second one. */
function requestToken(input: Input): string {
  const token = optionalText(input, "ClientRequestToken") ?? randomUUID();
  if (token.length < 32 || token.length > 64) {
    throw new AwsError(
      "InvalidParameterException",
      "ClientRequestToken must be 32-64 characters long.",
    );
  }
  return token;
}

/** A new value in the form of the old one: of a JSON object only the `password` changes. */
export const randomNextValue: NextValue = (_name, value) => {
  if (typeof value === "object") return randomBytes(32);
  const password = randomBytes(24).toString("base64url");
  try {
    const parsed: unknown = JSON.parse(value ?? "");
    if (typeof parsed === "object" && parsed !== null && "password" in parsed) {
      return JSON.stringify({ ...parsed, password });
    }
  } catch {
    // Not JSON: the whole value is the password.
  }
  return password;
};

const isSame = (one: string | Buffer | undefined, other: string | Buffer): boolean =>
  typeof one === "string" || typeof other === "string"
    ? one === other
    : one?.equals(other) === true;

/** Six letters and digits, as AWS adds them to a secret's name. */
const randomSuffix = (): string =>
  randomBytes(16).toString("base64").replaceAll(/[^\w]/g, "").slice(0, 6);

const notFound = (message: string): AwsError => new AwsError("ResourceNotFoundException", message);
