/**
 * The service behind durable executions, as far as the SDK calls it: it keeps the history of each
 * execution, and invokes the function again until the execution has come to its end.
 *
 * @module
 * @see "CheckpointDurableExecution" and "GetDurableExecutionState" of Lambda's API reference
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type InvocationOutcome,
  type InvokableHandler,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";

interface DurableError {
  readonly ErrorType?: string;
  readonly ErrorMessage?: string;
  readonly StackTrace?: readonly string[];
}

/** What the SDK writes down of an operation. */
interface Update {
  readonly Id: string;
  readonly Type: string;
  readonly Action: "START" | "SUCCEED" | "FAIL" | "RETRY";
  readonly ParentId?: string;
  readonly Name?: string;
  readonly SubType?: string;
  readonly Payload?: string;
  readonly Error?: DurableError;
}

interface Operation {
  Id: string;
  Type: string;
  Status: string;
  StartTimestamp: number;
  [detail: string]: unknown;
}

/** What became of an execution. */
export interface Execution {
  readonly status: "FAILED" | "SUCCEEDED" | "UNFINISHED";
  readonly result?: unknown;
  readonly error?: DurableError;
  /** What each invocation came to, oldest first. */
  readonly invocations: readonly InvocationOutcome[];
}

export interface RunOptions {
  /** The function's timeout. Default: 3,000. */
  readonly timeoutMs?: number;
  /** Invocations after which the service gives up. Default: 8. */
  readonly maxInvocations?: number;
  /** Called before each invocation, with its number from 1 on. */
  readonly onInvocation?: (number: number) => void;
}

export interface DurableService extends AsyncDisposable {
  /** Environment variables by which the SDK's client finds the service. */
  readonly environment: Readonly<Record<string, string>>;
  /** Calls of the SDK so far, such as `POST checkpoint`. */
  readonly calls: readonly string[];
  /** Lets checkpoints fail with this status from now on; `undefined`: no more. */
  failCheckpoints(status: number | undefined): void;
  /** Runs an execution to its end; no wait takes any time. */
  run(handler: InvokableHandler, input: unknown, options?: RunOptions): Promise<Execution>;
}

const PATH = /^\/2025-12-01\/durable-executions\/([^/]+)\/(checkpoint|state)$/;

/** What the service calls the details of each type of operation. */
const DETAILS: Readonly<Record<string, string>> = {
  STEP: "StepDetails",
  CONTEXT: "ContextDetails",
  WAIT: "WaitDetails",
};

const STATUS = { START: "STARTED", SUCCEED: "SUCCEEDED", FAIL: "FAILED", RETRY: "PENDING" };

const seconds = (): number => Date.now() / 1_000;

/** Starts the service on a free port of 127.0.0.1. */
export async function startDurableService(): Promise<DurableService> {
  const histories = new Map<string, Map<string, Operation>>();
  const calls: string[] = [];
  let failure: number | undefined;

  function apply(history: Map<string, Operation>, update: Update): Operation {
    const { Id, Type, Action, Payload, Error: error } = update;
    const known = history.get(Id) ?? { Id, Type, Status: "", StartTimestamp: seconds() };
    const details = {
      ...Object(known[DETAILS[Type] ?? ""]),
      ...(Payload !== undefined && { Result: Payload }),
      ...(error !== undefined && { Error: error }),
      ...(Type === "STEP" && Action === "RETRY" && { NextAttemptTimestamp: seconds() }),
      ...(Type === "WAIT" && { ScheduledEndTimestamp: seconds() }),
    };
    if (Type === "STEP" && Action === "START") details.Attempt = (details.Attempt ?? 0) + 1;
    const { ParentId, Name, SubType } = update;
    const operation = {
      ...{ ...known, ParentId, Name, SubType, Status: STATUS[Action] },
      ...(DETAILS[Type] !== undefined && { [DETAILS[Type]]: details }),
    };
    history.set(Id, operation);
    return operation;
  }

  const server = createServer((request, response) => {
    textOf(request).then((body) => {
      const { pathname } = new URL(request.url ?? "", "http://localhost");
      const [, arn = "", action = ""] = PATH.exec(pathname) ?? [];
      const history = histories.get(decodeURIComponent(arn));
      calls.push(`${request.method} ${action}`);
      const answer = (status: number, content: object): void => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(content));
      };
      if (history === undefined) return answer(404, { message: "No such execution." });
      if (action === "state") return answer(200, { Operations: [...history.values()].slice(1) });
      if (failure !== undefined) return answer(failure, { message: "The service is ill." });
      const { Updates = [] } = JSON.parse(body) as { Updates?: readonly Update[] };
      const Operations = Updates.map((update) => apply(history, update));
      answer(200, { CheckpointToken: `token-${calls.length}`, NewExecutionState: { Operations } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  async function run(
    handler: InvokableHandler,
    input: unknown,
    { timeoutMs = 3_000, maxInvocations = 8, onInvocation }: RunOptions = {},
  ): Promise<Execution> {
    const name = `execution-${histories.size}`;
    const arn = `arn:aws:lambda:eu-west-1:123456789012:function:orders:1/durable-execution/${name}/1`;
    const execution: Operation = {
      ...{ Id: name, Type: "EXECUTION", Status: "STARTED", StartTimestamp: seconds() },
      ExecutionDetails: { InputPayload: JSON.stringify(input) },
    };
    const history = new Map([[name, execution]]);
    histories.set(arn, history);
    const invocations: InvocationOutcome[] = [];
    while (invocations.length < maxInvocations) {
      const UpdatedOperationIds = resume(history);
      onInvocation?.(invocations.length + 1);
      const outcome = await invoke(
        handler,
        {
          DurableExecutionArn: arn,
          CheckpointToken: `begin-${invocations.length}`,
          UpdatedOperationIds,
          // The rest of the history is for the SDK to fetch.
          InitialExecutionState: {
            Operations: [{ ...execution, StartTimestamp: new Date().toISOString() }],
            ...(history.size > 1 && { NextMarker: "rest" }),
          },
        },
        lambdaContext({ timeoutMs }),
      );
      invocations.push(outcome);
      const { Status, Result, Error: error } = Object(outcome.result) as Record<string, unknown>;
      if (Status === "SUCCEEDED") {
        const result: unknown = Result === undefined ? undefined : JSON.parse(Result as string);
        return { status: Status, result, invocations };
      }
      if (Status === "FAILED") return { status: Status, error: Object(error), invocations };
    }
    return { status: "UNFINISHED", invocations };
  }

  return {
    environment: {
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}`,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_MAX_ATTEMPTS: "1",
    },
    calls,
    failCheckpoints(status) {
      failure = status;
    },
    run,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Lets every wait be over and every step be due. @returns what has changed. */
function resume(history: ReadonlyMap<string, Operation>): string[] {
  const changed: string[] = [];
  for (const operation of history.values()) {
    const { Id, Type, Status } = operation;
    if (Type === "WAIT" && Status === "STARTED") operation.Status = "SUCCEEDED";
    else if (Type === "STEP" && Status === "PENDING") operation.Status = "READY";
    else continue;
    changed.push(Id);
  }
  return changed;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
