/** For the demo alone: the same functions as teams write them without the suite, twice. */
import { Readable } from "node:stream";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/executionModeStreamifyResponse";
import httpErrorHandler from "@middy/http-error-handler";
import type { Payments } from "../src/payments.ts";
import type { Charge } from "../src/schemas.ts";
import { brokenRows, hugeList } from "./exports.ts";

/** No deadline, so nothing to end a call with. */
const never = new AbortController().signal;

const head = { statusCode: 200, headers: { "content-type": "text/csv" } };

/** Under the stack that the team has around all of its functions. */
export function createUnderSharedStack({ charge }: Payments) {
  const stack = httpErrorHandler({ logger: false, fallbackMessage: "Internal Server Error" });
  return {
    task: middy<Charge>()
      .use(stack)
      .handler((event) => charge(event, never)),
    list: middy().use(stack).handler(hugeList),
    stream: middy({ executionMode: executionModeStreamifyResponse })
      .use(stack)
      .handler(async () => ({ ...head, body: Readable.from(brokenRows()) })),
  };
}

/** Without middlewares. */
export function createByHand({ charge }: Payments) {
  return {
    task: (event: Charge) => charge(event, never),
    list: hugeList,
    stream: awslambda.streamifyResponse(async (_event, responseStream) => {
      const stream = awslambda.HttpResponseStream.from(responseStream, head);
      try {
        for await (const row of brokenRows()) stream.write(row);
      } catch (error) {
        console.error(error);
        stream.write(`error: ${(error as Error).message}\n`);
      }
      stream.end();
    }),
  };
}
