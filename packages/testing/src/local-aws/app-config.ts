/**
 * The local AppConfig data plane: configurations that are polled with a token.
 *
 * @module
 * @see "AWS AppConfig API Reference", AppConfig Data
 */
import { randomBytes } from "node:crypto";
import { AwsError } from "./aws-error.ts";
import { optionalInteger, text } from "./input.ts";
import type { Answer, Operation, Service } from "./service.ts";

const DEFAULT_POLL_SECONDS = 60;
const TOKEN_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** What a configuration profile holds. */
interface Configuration {
  readonly content: Buffer;
  readonly contentType: string;
}

interface Session {
  /** `application/environment/profile`. */
  readonly path: string;
  readonly minimumPollSeconds: number | undefined;
  /** What the client has: compared by identity, so that every deployment counts as a change. */
  readonly seen: Configuration | undefined;
  readonly issued: number;
}

/** The service, and what the endpoint itself does with its configurations. */
export interface AppConfig extends Service {
  /** Deploys a configuration to `application/environment/profile`. */
  deploy(path: string, configuration: Configuration): void;
}

export function appConfig(): AppConfig {
  const configurations = new Map<string, Configuration>();
  /** Sessions by the one token that continues each. */
  const sessions = new Map<string, Session>();

  const issueToken = (session: Session): string => {
    const token = randomBytes(48).toString("base64");
    sessions.set(token, session);
    return token;
  };

  return {
    messageMember: "Message",
    actionPrefix: "appconfig",
    throttled: { statusCode: 429 },
    denied: { statusCode: 403 },
    failed: { code: "InternalServerException" },
    deploy(path, configuration) {
      if (path.split("/").length !== 3) {
        throw new TypeError(`"${path}" is not of the form application/environment/profile.`);
      }
      configurations.set(path, configuration);
    },
    operations: {
      StartConfigurationSession: refusing((input): Answer => {
        const path = [
          text(input, "ApplicationIdentifier"),
          text(input, "EnvironmentIdentifier"),
          text(input, "ConfigurationProfileIdentifier"),
        ].join("/");
        if (!configurations.has(path)) throw missing([...configurations.keys()], path);
        const token = issueToken({
          path,
          minimumPollSeconds: optionalInteger(
            input,
            "RequiredMinimumPollIntervalInSeconds",
            15,
            86_400,
          ),
          seen: undefined,
          issued: Date.now(),
        });
        return {
          statusCode: 201,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ InitialConfigurationToken: token }),
        };
      }),
      GetLatestConfiguration: refusing((input): Answer => {
        const token = text(input, "ConfigurationToken");
        const session = sessions.get(token);
        if (session === undefined) throw invalidToken("Corrupted", "Request token is invalid");
        const now = Date.now();
        const age = now - session.issued;
        if (age > TOKEN_LIFETIME_MS) throw invalidToken("Expired", "Token has expired");
        const { minimumPollSeconds = 0 } = session;
        if (session.seen !== undefined && age < minimumPollSeconds * 1000) {
          throw invalidToken("PollIntervalNotSatisfied", "Request too early");
        }
        sessions.delete(token);
        const configuration = configurations.get(session.path) as Configuration;
        const isChanged = configuration !== session.seen;
        return {
          statusCode: 200,
          headers: {
            "content-type": isChanged ? configuration.contentType : "application/octet-stream",
            "next-poll-configuration-token": issueToken({
              ...session,
              seen: configuration,
              issued: now,
            }),
            "next-poll-interval-in-seconds": String(minimumPollSeconds || DEFAULT_POLL_SECONDS),
          },
          body: isChanged ? configuration.content : "",
        };
      }),
    },
  };
}

/** The service has a name of its own for an input that is not valid. */
function refusing(run: Operation): Operation {
  return (input) => {
    try {
      return run(input);
    } catch (error) {
      if (!(error instanceof AwsError) || !INVALID.has(error.code)) throw error;
      throw new AwsError("BadRequestException", error.message);
    }
  };
}

const INVALID = new Set(["ValidationException", "SerializationException"]);

const invalidToken = (problem: string, message: string): AwsError =>
  new AwsError("BadRequestException", message, 400, {
    Reason: "InvalidParameters",
    Details: { InvalidParameters: { ConfigurationToken: { Problem: problem } } },
  });

/** Names the first part of the path that no configuration has. */
function missing(known: readonly string[], path: string): AwsError {
  const [application, environment] = path.split("/") as [string, string];
  const [type, prefix] = !known.some((other) => other.startsWith(`${application}/`))
    ? ["Application", application]
    : !known.some((other) => other.startsWith(`${application}/${environment}/`))
      ? ["Environment", `${application}/${environment}`]
      : ["ConfigurationProfile", path];
  return new AwsError(
    "ResourceNotFoundException",
    `${type} not found for the account: ${prefix}`,
    404,
    { ResourceType: type },
  );
}
