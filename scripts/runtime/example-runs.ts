/** Each example, bundled by its own script, with requests as its users and their enemies send them. */
import { join } from "node:path";
import { sign } from "../../examples/webhook/src/signature.ts";
import { httpEvent, sqsEvent } from "../../packages/testing/src/index.ts";
import { bundle, type Variant } from "./bundle.ts";
import type { ExampleClouds } from "./example-clouds.ts";
import { type LambdaFunction, type Platform, startFunction } from "./lambda-function.ts";
import { CANARIES, canariesIn, leaksIn, type Results } from "./report.ts";

interface Run {
  readonly platform: Platform;
  readonly variant: Variant;
  /** Outside the repository. */
  readonly folder: string;
  /** The folder of all examples. */
  readonly examples: string;
  readonly clouds: ExampleClouds;
  readonly results: Results;
}

/** An event, and what its invoker receives. */
type Exchange = readonly [what: string, event: object, expected: RegExp];

export async function runExamples(run: Run): Promise<void> {
  const { orders, payments } = run.clouds;
  await exchange(run, "http-api", orders, ordersExchanges());
  await exchange(run, "sqs-worker", {}, workerExchanges());
  await exchange(run, "task", {}, taskExchanges());
  await exchange(run, "webhook", payments, webhookExchanges());
  await exchange(run, "a-la-carte", {}, notesExchanges());
  await unprotectedOrders(run, orders);
}

async function start(
  { platform, variant, folder, examples }: Run,
  example: string,
  environment: Readonly<Record<string, string | undefined>>,
  entry?: string,
): Promise<LambdaFunction> {
  const target = join(folder, `${example}-${entry === undefined ? "as-it-is" : "unprotected"}`);
  await bundle(join(examples, example), variant, target, entry);
  return startFunction(platform, { folder: target, environment });
}

async function exchange(
  run: Run,
  example: string,
  environment: Readonly<Record<string, string | undefined>>,
  exchanges: readonly Exchange[],
): Promise<void> {
  const lambda = await start(run, example, environment);
  const report = run.results.of(lambda);
  for (const [what, event, expected] of exchanges) {
    report.answer(`${example}: ${what}`, await lambda.invoke(event), expected);
  }
  const log = await lambda.end();
  // The official error handler of this stack logs nothing, and its one middleware of ours neither.
  if (example !== "a-la-carte") report.log(example, log);
  else report.check(`${example}: the log`, canariesIn(log).length === 0, log);
}

const get = (path: string): object => httpEvent("api-gateway-http", { path });

const post = (path: string, body: string | object, headers = {}): object =>
  httpEvent("api-gateway-http", {
    method: "POST",
    path,
    body,
    headers: { "content-type": "application/json", ...headers },
  });

const ORDER = { customer: "Ada Lovelace", items: [{ sku: "TEA-001", quantity: 2 }] };

const ordersExchanges = (): readonly Exchange[] => [
  ["an order", post("/orders", ORDER), /"statusCode":201/],
  ["an order that is read", get("/orders/ORD-000001"), /"statusCode":200.*Ada Lovelace/],
  ["an order of nothing", post("/orders", { ...ORDER, items: [] }), /"statusCode":422/],
  ["an order that is no JSON", post("/orders", "{"), /"statusCode":400/],
  ["prototype pollution", post("/orders", '{"__proto__":{"isAdmin":true}}'), /"statusCode":400/],
  ["a database that is gone", get("/orders/ORD-000503"), /"statusCode":500/],
  ["a thrown null", get("/orders/ORD-000666"), /"statusCode":500/],
  ["an answer with a stack", get("/orders/ORD-000500"), /"statusCode":500/],
  ["an answer with a secret", get("/orders/ORD-000700"), /"statusCode":500/],
];

const shipment = (orderId: string) => ({ orderId, ...ORDER, customer: CANARIES.input });

const workerExchanges = (): readonly Exchange[] => [
  ["a batch", sqsEvent([{ body: shipment("ORD-000001") }]), /\{"batchItemFailures":\[\]\}/],
  [
    "a batch of which one is valid",
    sqsEvent([
      { body: shipment("ORD-000002"), messageId: "good" },
      { body: { ...shipment("ORD-000003"), items: [CANARIES.input] }, messageId: "bad" },
      { body: `{"customer":${CANARIES.input}`, messageId: "worse" },
    ]),
    /\{"batchItemFailures":\[\{"itemIdentifier":"bad"\},\{"itemIdentifier":"worse"\}\]\}/,
  ],
];

const CHARGE = { orderId: "ORD-000001", amountCents: 1250, cardToken: `tok_${CANARIES.input}` };

const taskExchanges = (): readonly Exchange[] => [
  ["a charge", CHARGE, /"paymentId":"pay_ORD-000001"/],
  ["a charge of nothing", { ...CHARGE, amountCents: 0 }, /^\{"errorType":"validation_failed"/],
  ["a card that is none", { ...CHARGE, cardToken: CANARIES.input }, /"validation_failed"/],
  [
    "a card that is declined",
    { ...CHARGE, cardToken: `tok_declined${CANARIES.input}` },
    /^\{"errorType":"CardDeclined","errorMessage":"The card's bank refused the payment\./,
  ],
];

function webhookExchanges(): readonly Exchange[] {
  const body = JSON.stringify({
    type: "payment.succeeded",
    paymentId: "pay_1",
    orderId: "ORD-000001",
    amountCents: 1250,
  });
  const deliver = (id: string, sentBody = body): object => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    return post("/webhooks/payments", sentBody, {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": sign({ id, timestamp, body: Buffer.from(body) }, CANARIES.webhookKey),
    });
  };
  const id = crypto.randomUUID();
  return [
    ["a payment", deliver(id), /"statusCode":204/],
    ["a payment that comes again", deliver(id), /"statusCode":409/],
    ["a payment that was changed", deliver("other", body.replace("1250", "1")), /"statusCode":401/],
  ];
}

const notesExchanges = (): readonly Exchange[] => [
  ["a note", post("/notes", { title: "Milk", text: CANARIES.input }), /"statusCode":201/],
  ["a note that is no JSON", post("/notes", `{"text":${CANARIES.input}`), /"statusCode":4\d\d/],
  ["a note that is too deep", post("/notes", "[".repeat(99)), /"statusCode":4\d\d/],
];

/** The order service without protection, to see that the checks find what there is. */
async function unprotectedOrders(
  run: Run,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const lambda = await start(run, "http-api", environment, "demo/unprotected.ts");
  const report = run.results.of(lambda);
  const gone = leaksIn(await lambda.invoke(get("/orders/ORD-000503")));
  report.leak("http-api: a database that is gone", gone, "a secret");
  const failure = leaksIn(await lambda.invoke(get("/orders/ORD-000500")));
  report.leak("http-api: an answer with a stack", failure, "a stack");
  const secret = leaksIn(await lambda.invoke(get("/orders/ORD-000700")));
  report.leak("http-api: an answer with a secret", secret, "a secret");
  await lambda.end();
}
