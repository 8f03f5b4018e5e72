/** For the demo alone: what the task's example has not got, a list and a stream, under `harden()`. */
import { Readable } from "node:stream";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/executionModeStreamifyResponse";
import { harden } from "@middy-hardening/preset";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { createTask } from "../src/handler.ts";
import type { Payments } from "../src/payments.ts";
import { brokenRows, hugeList } from "./exports.ts";

export function createHardened(payments: Payments) {
  const deadline = timeoutGuard();
  return {
    task: createTask(payments),
    list: middy(deadline.plugin)
      .use(harden({ timeoutGuard: deadline }))
      .handler(hugeList),
    stream: middy(deadline.pluginFor(executionModeStreamifyResponse))
      .use(harden({ timeoutGuard: deadline }))
      .handler(async () => ({
        statusCode: 200,
        headers: { "content-type": "text/csv" },
        body: Readable.from(brokenRows()),
      })),
  };
}
