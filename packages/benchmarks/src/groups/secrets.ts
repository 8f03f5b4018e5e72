/**
 * A secret that is cached, refreshed, and asked for by a thousand invocations at once.
 *
 * @module
 */
import { BaseProvider } from "@aws-lambda-powertools/parameters/base";
import middy from "@middy/core";
import { fromProvider, secretsLoader } from "@middy-hardening/secrets-loader";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { inProcess, inProcessAsync, interleave } from "../harness/interleave.ts";
import type { Report, Row } from "../harness/report.ts";
import { contexts, eventsOf } from "../harness/scenarios.ts";
import type { GroupSettings } from "../harness/settings.ts";
import { median } from "../harness/statistics.ts";
import { YARDSTICK_US, yardstick } from "../harness/yardstick.ts";
import { memoryProvider } from "../stacks/memory-provider.ts";
import type { Handler } from "../stacks/order.ts";

const STAMPEDE = 1000;

/** Powertools' own provider, on a store that answers in the next turn as the other one's does. */
class MemoryProvider extends BaseProvider {
  calls = 0;

  constructor() {
    super({});
  }

  protected override async _get(name: string): Promise<string> {
    return `${name}: value number ${++this.calls} of forty characters`;
  }

  protected override async _getMultiple(): Promise<Record<string, unknown>> {
    return {};
  }
}

function loaderStack(maxAgeMs?: number): {
  readonly handler: Handler;
  readonly calls: () => number;
} {
  const provider = memoryProvider();
  const secrets = { apiKey: { from: fromProvider(provider, "api-key") } };
  const handler = middy()
    .use(secretsLoader({ secrets, maxAgeMs, maxStaleMs: 0 }))
    .handler(async (_event, context) => context.secrets.apiKey.reveal());
  return { handler, calls: () => provider.calls };
}

/** Powertools Parameters, called by the handler. */
function parametersStack(maxAgeSeconds: number): {
  readonly handler: Handler;
  readonly calls: () => number;
} {
  const provider = new MemoryProvider();
  const handler = middy<APIGatewayProxyEventV2>().handler(async () =>
    provider.get("api-key", { maxAge: maxAgeSeconds }),
  );
  return { handler, calls: () => provider.calls };
}

export async function measure({ effort, isQuick }: GroupSettings): Promise<Report> {
  const nextEvent = eventsOf("valid");
  const nextContext = contexts();
  const invoke = async (handler: Handler): Promise<unknown> =>
    handler(nextEvent() as never, nextContext() as never);
  const bare = middy<APIGatewayProxyEventV2>().handler(async () => "value");
  const cached = loaderStack();
  const parameters = parametersStack(300);
  // Of an age that has always passed: each invocation asks anew.
  const refreshed = loaderStack(1);
  const figures = await interleave(
    {
      bare: inProcessAsync(() => invoke(bare)),
      cached: inProcessAsync(() => invoke(cached.handler)),
      parameters: inProcessAsync(() => invoke(parameters.handler)),
      yardstick: inProcess(yardstick),
    },
    effort,
  );
  const rows: Row[] = [
    {
      what: "cached: what the loader adds to an invocation",
      unit: "us",
      ours: figures.cached - figures.bare,
      peer: { name: "JSON.parse of an order", figure: figures.yardstick },
      budget: 1 / YARDSTICK_US,
    },
    {
      what: "cached: an invocation",
      unit: "us",
      ours: figures.cached,
      peer: { name: "Powertools Parameters", figure: figures.parameters },
      floor: figures.bare,
    },
    { what: "cached: calls to the store", unit: "calls", ours: cached.calls(), budget: 1 },
  ];
  rows.push(await refresh(invoke, refreshed, isQuick));
  rows.push(...(await stampede(invoke, isQuick)));
  return { group: "secrets: cached, refreshed, wanted by many at once", rows };
}

type Invoke = (handler: Handler) => Promise<unknown>;
type Stack = ReturnType<typeof loaderStack>;

/** One invocation after the other, each two milliseconds after the one before, so that its value is too old. */
async function refresh(invoke: Invoke, ours: Stack, isQuick: boolean): Promise<Row> {
  const parameters = parametersStack(0);
  const times = { ours: [] as number[], parameters: [] as number[] };
  for (let round = 0; round < (isQuick ? 100 : 400); round++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    times.ours.push(await timed(() => invoke(ours.handler)));
    times.parameters.push(await timed(() => invoke(parameters.handler)));
  }
  return {
    what: "refreshed: an invocation that asks the store",
    unit: "us",
    ours: median(times.ours),
    peer: { name: "Powertools Parameters", figure: median(times.parameters) },
  };
}

/** A thousand invocations at once in an environment that has no value yet. */
async function stampede(invoke: Invoke, isQuick: boolean): Promise<Row[]> {
  const times = { ours: [] as number[], parameters: [] as number[] };
  let calls = 0;
  let peerCalls = 0;
  for (let round = 0; round < (isQuick ? 10 : 40); round++) {
    const ours = loaderStack();
    const parameters = parametersStack(300);
    times.ours.push(await timed(() => together(invoke, ours)));
    times.parameters.push(await timed(() => together(invoke, parameters)));
    calls = Math.max(calls, ours.calls());
    peerCalls = Math.max(peerCalls, parameters.calls());
  }
  const name = "Powertools Parameters";
  const what = `stampede of ${STAMPEDE}`;
  return [
    { what: `${what}: calls to the store`, unit: "calls", ours: calls, budget: 1 },
    {
      what: `${what}: calls to the store`,
      unit: "calls",
      ours: calls,
      peer: { name, figure: peerCalls },
    },
    {
      what: `${what}: until all are answered`,
      unit: "us",
      ours: median(times.ours),
      peer: { name, figure: median(times.parameters) },
    },
  ];
}

const together = (invoke: Invoke, { handler }: Stack): Promise<unknown> =>
  Promise.all(Array.from({ length: STAMPEDE }, () => invoke(handler)));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) * 1000;
}
