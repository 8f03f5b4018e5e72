/** Serves the hardened order service on this machine: `npm start`. */
import { serveHttp } from "@middy-hardening/testing";
import { startLocalCloud } from "./local-cloud.ts";

const port = Number(process.env.PORT ?? 3000);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error("PORT must be a whole number from 0 to 65535.");
  process.exit(1);
}

const cloud = await startLocalCloud();
// Loaded now, as Lambda would with the environment in place.
const { handler } = await import("./handler.ts");

try {
  const server = await serveHttp(handler, { port, host: "localhost" });
  const json = `-H 'content-type: application/json'`;
  const order = (quantity: string) =>
    `-d '{"customer":"Ada Lovelace","items":[{"sku":"TEA-001","quantity":${quantity}}]}'`;
  console.log(`The hardened order service listens on ${server.url} (Ctrl-C ends it). Try:

an honest order (201):
  curl -i ${json} ${order("2")} ${server.url}/orders

one refused by validation (422, with a pointer to what is wrong):
  curl -i ${json} ${order('"many"')} ${server.url}/orders

an attack, prototype pollution (400):
  curl -i ${json} -d '{"customer":"x","items":[],"__proto__":{"isAdmin":true}}' ${server.url}/orders
`);
  const stop = (): void => {
    void Promise.all([server.close(), cloud.close()]).then(() => process.exit(0));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
  console.error(`Port ${port} is in use. Choose another one: PORT=${port + 1} npm start`);
  await cloud.close();
  process.exitCode = 1;
}
