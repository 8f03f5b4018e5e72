/** Serves the function on this machine, with Secrets Manager and DynamoDB beside it: `npm start`. */
import { randomUUID } from "node:crypto";
import { serveHttp } from "@middy-hardening/testing";
import { startLocalCloud } from "./local-cloud.ts";
import { sign } from "./signature.ts";

const KEY = Buffer.from("the provider's key, 32 bytes long").toString("base64");
await startLocalCloud(KEY);
// Loaded now, as Lambda would with the environment in place.
const { handler } = await import("./handler.ts");

const { url } = await serveHttp(handler, { port: Number(process.env.PORT ?? 3000) });
const body =
  '{"type":"payment.succeeded","paymentId":"pay_1","orderId":"ORD-000001","amountCents":1250}';
const id = randomUUID();
const timestamp = String(Math.floor(Date.now() / 1000));
const signature = sign({ id, timestamp, body: Buffer.from(body) }, KEY);
console.log(`The webhook listens on ${url} (Ctrl-C ends it). Try, within five minutes:

a signed delivery (204; sent again: 409; with another amount: 401):
  curl -i -H 'content-type: application/json' -H 'webhook-id: ${id}' \\
    -H 'webhook-timestamp: ${timestamp}' -H 'webhook-signature: ${signature}' \\
    -d '${body}' ${url}/webhooks/payments
`);
