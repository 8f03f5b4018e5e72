/**
 * The local Parameter Store: parameters with versions, secure ones encrypted under their key.
 *
 * @module
 * @see "AWS Systems Manager API Reference"
 */
import { AwsError, validationError } from "./aws-error.ts";
import { flag, optionalInteger, optionalText, refuseMembers, text, textList } from "./input.ts";
import type { Kms } from "./kms.ts";
import { epochSeconds, type Place, type Service } from "./service.ts";

const MAX_STANDARD_CHARACTERS = 4_096;
const MAX_ADVANCED_CHARACTERS = 8_192;
/** Older versions are forgotten, as AWS forgets them. */
const MAX_VERSIONS = 100;
const MAX_RESULTS = 10;
const NAME = /^\/?[\w.-]+(?:\/[\w.-]+)*$/;
const TYPES = ["String", "StringList", "SecureString"] as const;

/** What kind of value a parameter holds. */
type ParameterType = (typeof TYPES)[number];

interface Version {
  readonly number: number;
  readonly type: ParameterType;
  /** Ciphertext in base64 if the type is `SecureString`. */
  readonly value: string;
  readonly modified: Date;
}

interface Parameter {
  readonly name: string;
  readonly arn: string;
  readonly versions: Version[];
}

/** The service, and what the endpoint itself does with its parameters. */
export interface Ssm extends Service {
  /** Adds a version, of a new parameter if there is none of this name; gives its number. */
  put(name: string, value: string, type: ParameterType, keyId: string | undefined): number;
}

export function ssm(place: Place, keys: Kms): Ssm {
  const arnPrefix = `arn:aws:ssm:${place.region}:${place.accountId}:parameter`;
  const parameters = new Map<string, Parameter>();

  const put = (
    name: string,
    value: string,
    type: ParameterType,
    keyId = "alias/aws/ssm",
  ): number => {
    requireName(name);
    const arn = `${arnPrefix}${name.startsWith("/") ? "" : "/"}${name}`;
    const parameter = parameters.get(name) ?? { name, arn, versions: [] };
    const number = (parameter.versions.at(-1)?.number ?? 0) + 1;
    const stored =
      type === "SecureString"
        ? withKey(() => keys.encrypt(keyId, Buffer.from(value), { PARAMETER_ARN: arn })).toString(
            "base64",
          )
        : value;
    parameter.versions.push({ number, type, value: stored, modified: new Date() });
    if (parameter.versions.length > MAX_VERSIONS) parameter.versions.shift();
    parameters.set(name, parameter);
    return number;
  };

  /** A parameter's version as an answer shows it. */
  const show = (parameter: Parameter, version: Version, withDecryption: boolean) => ({
    Name: parameter.name,
    Type: version.type,
    Value:
      version.type === "SecureString" && withDecryption
        ? withKey(() =>
            keys.decrypt(Buffer.from(version.value, "base64"), { PARAMETER_ARN: parameter.arn }),
          ).toString()
        : version.value,
    Version: version.number,
    LastModifiedDate: epochSeconds(version.modified),
    ARN: parameter.arn,
    DataType: "text",
  });

  /** The parameter and version of `name`, `name:version` or an ARN. */
  const find = (reference: string, withDecryption: boolean): object => {
    const local = reference.startsWith(arnPrefix) ? reference.slice(arnPrefix.length) : reference;
    const [path, selector] = local.split(":", 2) as [string, string | undefined];
    // The ARN of a parameter outside a hierarchy has a slash before its name.
    const parameter =
      parameters.get(path) ?? (local === reference ? undefined : parameters.get(path.slice(1)));
    if (parameter === undefined) throw new AwsError("ParameterNotFound", "");
    if (selector === undefined) {
      return show(parameter, parameter.versions.at(-1) as Version, withDecryption);
    }
    const version = parameter.versions.find(({ number }) => String(number) === selector);
    if (version === undefined) {
      throw new AwsError(
        "ParameterVersionNotFound",
        `Systems Manager could not find version ${selector} of ${parameter.name}. Verify the version and try again.`,
      );
    }
    return { ...show(parameter, version, withDecryption), Selector: `:${selector}` };
  };

  return {
    target: "AmazonSSM",
    messageMember: "message",
    actionPrefix: "ssm",
    throttled: { statusCode: 400 },
    denied: { statusCode: 400 },
    failed: { code: "InternalServerError" },
    put,
    operations: {
      PutParameter(input) {
        refuseMembers(input, "AllowedPattern", "Policies");
        const name = text(input, "Name");
        const value = text(input, "Value");
        const isStandard = (optionalText(input, "Tier") ?? "Standard") === "Standard";
        requireLength(value, isStandard ? MAX_STANDARD_CHARACTERS : MAX_ADVANCED_CHARACTERS);
        const existing = parameters.get(name)?.versions.at(-1);
        const type = optionalText(input, "Type") ?? existing?.type;
        if (!TYPES.some((known) => known === type)) {
          throw validationError(
            type === undefined
              ? "A parameter type is required when you create a parameter."
              : `1 validation error detected: Value '${type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [${TYPES.join(", ")}]`,
          );
        }
        if (existing !== undefined && !flag(input, "Overwrite")) {
          throw new AwsError(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
          );
        }
        const keyId = optionalText(input, "KeyId");
        return {
          Version: put(name, value, type as ParameterType, keyId),
          Tier: isStandard ? "Standard" : "Advanced",
        };
      },
      GetParameter: (input) => ({
        Parameter: find(text(input, "Name"), flag(input, "WithDecryption")),
      }),
      GetParameters(input) {
        const withDecryption = flag(input, "WithDecryption");
        const found: object[] = [];
        const missing: string[] = [];
        for (const name of textList(input, "Names", MAX_RESULTS)) {
          try {
            found.push(find(name, withDecryption));
          } catch (error) {
            if (!isNotFound(error)) throw error;
            missing.push(name);
          }
        }
        return { Parameters: found, InvalidParameters: missing };
      },
      GetParametersByPath(input) {
        refuseMembers(input, "ParameterFilters");
        const path = text(input, "Path");
        if (!path.startsWith("/")) {
          throw validationError(
            'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
          );
        }
        const prefix = path.endsWith("/") ? path : `${path}/`;
        const recursive = flag(input, "Recursive");
        const limit = optionalInteger(input, "MaxResults", 1, MAX_RESULTS) ?? MAX_RESULTS;
        const after = pageAfter(optionalText(input, "NextToken"));
        const matching = [...parameters.keys()]
          .filter((name) => name.startsWith(prefix))
          .filter((name) => recursive || !name.slice(prefix.length).includes("/"))
          .filter((name) => name > after)
          .sort();
        const page = matching.slice(0, limit);
        const withDecryption = flag(input, "WithDecryption");
        return {
          Parameters: page.map((name) => find(name, withDecryption)),
          ...(matching.length > limit ? { NextToken: pageToken(page.at(-1) as string) } : {}),
        };
      },
    },
  };
}

function requireName(name: string): void {
  if (/^\/aws/i.test(name)) {
    throw new AwsError("AccessDeniedException", `No access to reserved parameter name: ${name}.`);
  }
  if (/^\/?(?:aws|ssm)/i.test(name)) {
    throw validationError(
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
    );
  }
  if (!NAME.test(name)) {
    throw validationError(
      "Invalid parameter name. Please use only letters, digits and the symbols .-_ and, between the parts of a hierarchy, a forward slash.",
    );
  }
  if (name.includes("/") && !name.startsWith("/")) {
    throw validationError("Parameter name must be a fully qualified name.");
  }
}

function requireLength(value: string, maximum: number): void {
  if (value === "") {
    throw validationError(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (value.length > maximum) {
    throw validationError(
      `A parameter of this tier supports a maximum parameter value of ${maximum} characters.`,
    );
  }
}

/** What KMS refuses is told as the parameter store tells it. */
function withKey(work: () => Buffer): Buffer {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as AwsError;
    throw new AwsError("InvalidKeyId", `${message} (Service: AWSKMS; Error Code: ${code})`);
  }
}

const isNotFound = (error: unknown): boolean =>
  error instanceof AwsError && error.code.endsWith("NotFound");

const pageToken = (lastName: string): string => Buffer.from(`after:${lastName}`).toString("base64");

/** The name after which a page begins; the empty one for the first page. */
function pageAfter(token: string | undefined): string {
  if (token === undefined) return "";
  const [, name] = /^after:(.+)$/.exec(Buffer.from(token, "base64").toString()) ?? [];
  if (name === undefined)
    throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
  return name;
}
