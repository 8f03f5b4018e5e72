import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const plugin = `
  import middy from "@middy/core";
  import { timeoutGuard } from "@middy-hardening/timeout-guard";
  const deadline = timeoutGuard({ reserveMs: 100 });
  const handler = middy(() => new Promise(() => {}), deadline.plugin).use(deadline);
  const context = { getRemainingTimeInMillis: () => 200 };
  handler({}, context).catch(({ name }) => console.log("answered: " + name));
`;

const batch = `
  import middy from "@middy/core";
  import { forEachRecord, timeoutGuard } from "@middy-hardening/timeout-guard";
  const work = () => new Promise(() => {});
  const handler = middy((event, context) => forEachRecord(event, context, work), { timeoutEarlyInMillis: 0 })
    .use(timeoutGuard({ reserveMs: 100 }));
  const message = { messageId: "m0", body: "", eventSource: "aws:sqs" };
  const context = { getRemainingTimeInMillis: () => 200 };
  handler({ Records: [message] }, context).then((answer) => console.log("answered: " + JSON.stringify(answer)));
`;

// Node ends a process with nothing left to wait for; Lambda's runtime then tells a queue nothing of its batch.
it.each([
  ["a handler", plugin, "DeadlineExceeded"],
  ["a batch without the plugin", batch, '{"batchItemFailures":[{"itemIdentifier":"m0"}]}'],
])(
  "answers for %s that waits for nothing which could still come",
  async (_what, program, answer) => {
    const options = ["--conditions=source", "--input-type=module", "--eval", program];
    const { stdout } = await promisify(execFile)(process.execPath, options, {
      cwd: new URL("..", import.meta.url),
    });
    expect(stdout.trim()).toBe(`answered: ${answer}`);
  },
);
