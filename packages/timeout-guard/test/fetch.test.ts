import { once } from "node:events";
import { Worker } from "node:worker_threads";
import middy from "@middy/core";
import { captureSecurityEvents, invoke, lambdaContext } from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { expect, it } from "vitest";
import { answers, request, turns } from "./support.ts";

/** A service that answers `/fast` and nothing else, in a thread whose sockets are not the function's. */
const service = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:http").createServer((request, response) => {
    if (request.url === "/fast") response.end("done");
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

it("aborts a fetch at the deadline, and takes neither it nor idle connections for work left open", async () => {
  const worker = new Worker(service, { eval: true });
  const [port] = await once(worker, "message");
  using captured = captureSecurityEvents();
  const deadline = timeoutGuard({ reserveMs: 500 });
  const handler = middy(
    async (event: { path?: string }, _context: unknown, { signal }: { signal: AbortSignal }) => {
      const answer = await fetch(`http://127.0.0.1:${port}${event.path ?? "/"}`, { signal });
      return { statusCode: 200, body: await answer.text() };
    },
    deadline.plugin,
  )
    .use(answers())
    .use(deadline);
  const frozen = { callbackWaitsForEmptyEventLoop: false };
  const fast = await invoke(handler, { path: "/fast" }, lambdaContext(frozen));
  expect(fast.result).toMatchObject({ statusCode: 200, body: "done" });
  await turns();
  expect(captured.events).toEqual([]);
  const hanging = await invoke(handler, request(), lambdaContext({ ...frozen, timeoutMs: 700 }));
  expect(hanging.result).toMatchObject({ statusCode: 503, body: '{"code":"deadline_exceeded"}' });
  await turns();
  expect(captured.events.map(({ name }) => name)).toEqual(["deadline_exceeded"]);
  await worker.terminate();
});
