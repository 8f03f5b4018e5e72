/**
 * The loopback server: requests of SDK clients become operations, their results answers.
 *
 * The JSON protocols (KMS, Secrets Manager, Systems Manager) name the operation in `X-Amz-Target`;
 * AppConfig Data has a path for each.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { AwsError } from "./aws-error.ts";
import type { Faults, Mishap } from "./faults.ts";
import { type Input, isRecord } from "./input.ts";
import { type Answer, errorAnswer, type LocalAwsService, type Service } from "./service.ts";

/** A call that the endpoint received. */
export interface LocalAwsCall {
  readonly service: LocalAwsService;
  /** Such as `GetSecretValue`. */
  readonly operation: string;
  /** As the client sent it: bytes are base64. */
  readonly input: Input;
  /** When it arrived. */
  readonly time: Date;
  /**
   * `pending` until it is answered, then `ok` or the error's name; `hang`, `disconnect`, `garbage`
   * where that fault befell it, `abandoned` if the client left during a delay.
   */
  readonly outcome: string;
}

/** What the server works with. */
export interface ServerParts {
  readonly services: Readonly<Record<LocalAwsService, Service>>;
  readonly accountId: string;
  readonly faults: Faults;
  /** Told of each call as it arrives. */
  readonly onCall: (call: LocalAwsCall) => void;
}

/** A request as an operation of a service. */
interface Received {
  readonly serviceName: LocalAwsService;
  readonly service: Service;
  readonly operation: string;
  readonly body: string;
  readonly parameters: Input;
  readonly contentType: string;
}

/** A server that is not listening yet. */
export function createAwsServer(parts: ServerParts): Server {
  const server = createServer(async (message, response) => {
    let body: string;
    try {
      body = await readBody(message);
    } catch {
      return; // The client left before its request was complete.
    }
    const received = receive(message, body, parts.services);
    if (received === undefined) {
      const error = new AwsError("UnknownOperationException", "No such service or operation.", 404);
      return send(response, errorAnswer(error, "application/json", "message"));
    }
    await respond(parts, received, response);
  });
  // A connection closed at the moment of its next use would look like a fault that nobody ordered.
  server.keepAliveTimeout = 0;
  return server;
}

async function respond(
  parts: ServerParts,
  received: Received,
  response: ServerResponse,
): Promise<void> {
  const { serviceName, service, operation } = received;
  const input = parse(received);
  const call = {
    service: serviceName,
    operation,
    input: input ?? {},
    time: new Date(),
    outcome: "pending",
  };
  parts.onCall(call);
  const { delayMs, kind } = parts.faults.befall(serviceName, operation);
  if (delayMs > 0 && !(await outlasts(response, delayMs))) {
    call.outcome = "abandoned";
    return;
  }
  if (kind === "hang") {
    call.outcome = kind;
    return;
  }
  if (kind === "disconnect") {
    call.outcome = kind;
    response.destroy();
    return;
  }
  if (kind === "garbage") {
    call.outcome = kind;
    return send(response, garbage);
  }
  try {
    const refusal = refusalOf(kind, service, operation, parts.accountId);
    if (refusal !== undefined) throw refusal;
    if (input === undefined) {
      throw new AwsError("SerializationException", "The request is not a JSON object.");
    }
    const answer = operate(received, input);
    call.outcome = "ok";
    send(response, answer);
  } catch (error) {
    const known =
      error instanceof AwsError ? error : new AwsError("InternalFailure", String(error), 500);
    call.outcome = known.code;
    send(response, errorAnswer(known, received.contentType, service.messageMember));
  }
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function receive(
  message: IncomingMessage,
  body: string,
  services: ServerParts["services"],
): Received | undefined {
  const target = String(message.headers["x-amz-target"] ?? "");
  const contentType = message.headers["content-type"] ?? "application/json";
  const [prefix, operation] = target.split(".", 2) as [string, string | undefined];
  if (operation !== undefined) {
    for (const [serviceName, service] of Object.entries(services)) {
      if (service.target !== prefix) continue;
      return {
        serviceName: serviceName as LocalAwsService,
        service,
        operation,
        body,
        parameters: {},
        contentType,
      };
    }
    return undefined;
  }
  const url = new URL(message.url as string, "http://localhost");
  const rest = { serviceName: "appconfigdata", service: services.appconfigdata } as const;
  switch (`${message.method} ${url.pathname}`) {
    case "POST /configurationsessions":
      return {
        ...rest,
        operation: "StartConfigurationSession",
        body,
        parameters: {},
        contentType: "application/json",
      };
    case "GET /configuration":
      return {
        ...rest,
        operation: "GetLatestConfiguration",
        body: "{}",
        parameters: { ConfigurationToken: url.searchParams.get("configuration_token") },
        contentType: "application/json",
      };
    default:
      return undefined;
  }
}

/** The input of an operation; `undefined` when it is not a JSON object. */
function parse({ body, parameters }: Received): Input | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) ? { ...parsed, ...parameters } : undefined;
  } catch {
    return undefined;
  }
}

function operate(received: Received, input: Input): Answer {
  const { service, operation, contentType } = received;
  const run = Object.hasOwn(service.operations, operation)
    ? service.operations[operation]
    : undefined;
  if (run === undefined) {
    throw new AwsError(
      "UnknownOperationException",
      `The local AWS endpoint does not support ${operation}.`,
    );
  }
  const result = run(input);
  if (service.target === undefined) return result as Answer;
  return {
    statusCode: 200,
    headers: { "content-type": contentType },
    body: JSON.stringify(result),
  };
}

/** The error that a fault of this kind is, if it is one. */
function refusalOf(
  kind: Mishap["kind"],
  { throttled, denied, failed, actionPrefix }: Service,
  operation: string,
  accountId: string,
): AwsError | undefined {
  const action = `${actionPrefix}:${operation}`;
  switch (kind) {
    case "throttle":
      return new AwsError("ThrottlingException", "Rate exceeded", throttled.statusCode);
    case "internalError":
      return new AwsError(failed.code, "An internal error occurred.", 500);
    case "accessDenied":
      return new AwsError(
        "AccessDeniedException",
        `User: arn:aws:sts::${accountId}:assumed-role/local/local is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
        denied.statusCode,
      );
    default:
      return undefined;
  }
}

const garbage: Answer = {
  statusCode: 200,
  headers: { "content-type": "text/html" },
  body: "<html><body>It works!</body></html>",
};

/** Whether the client is still there after a wait. */
function outlasts(response: ServerResponse, delayMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const leave = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      response.off("close", leave);
      resolve(true);
    }, delayMs);
    response.once("close", leave);
  });
}

function send(response: ServerResponse, { statusCode, headers, body }: Answer): void {
  response.writeHead(statusCode, {
    ...headers,
    "content-length": Buffer.byteLength(body),
    "x-amzn-requestid": randomUUID(),
  });
  response.end(body);
}
