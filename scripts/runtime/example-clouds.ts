/** What each example finds around it when it is deployed, from the example's own cloud on this machine. */
import { startLocalCloud as startOrders } from "../../examples/http-api/src/local-cloud.ts";
import { startLocalCloud as startPayments } from "../../examples/webhook/src/local-cloud.ts";
import { CANARIES } from "./report.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ExampleClouds extends AsyncDisposable {
  readonly orders: Environment;
  readonly payments: Environment;
}

export async function startExampleClouds(): Promise<ExampleClouds> {
  const orders = await start(startOrders);
  const payments = await start(() => startPayments(CANARIES.webhookKey));
  return {
    orders: orders.environment,
    payments: payments.environment,
    async [Symbol.asyncDispose]() {
      await Promise.all([orders.close(), payments.close()]);
    },
  };
}

/** Starts a cloud that writes to `process.env`, and takes from there what it has written. */
async function start(begin: () => Promise<{ close(): Promise<void> }>) {
  const before = { ...process.env };
  const cloud = await begin();
  const written = Object.entries(process.env).filter(([name, value]) => before[name] !== value);
  for (const [name] of written) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  return { environment: Object.fromEntries(written), close: () => cloud.close() };
}
