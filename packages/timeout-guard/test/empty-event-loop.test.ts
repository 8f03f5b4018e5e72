import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = `
  import middy from "@middy/core";
  import { timeoutGuard } from "@middy-hardening/timeout-guard";
  const deadline = timeoutGuard({ reserveMs: 100 });
  const handler = middy(() => new Promise(() => {}), deadline.plugin).use(deadline);
  const context = { getRemainingTimeInMillis: () => 200 };
  handler({}, context).catch(({ name }) => console.log("answered: " + name));
`;

// Node ends a process with nothing left to wait for; Lambda's runtime then tells a queue nothing of its batch.
it("answers for a handler that waits for nothing which could still come", async () => {
  const options = ["--conditions=source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, options, {
    cwd: new URL("..", import.meta.url),
  });
  expect(stdout.trim()).toBe("answered: DeadlineExceeded");
});
