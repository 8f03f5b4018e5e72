import assert from "node:assert/strict";
import middy from "@middy/core";
import { forEachRecord, timeoutGuard } from "@middy-hardening/timeout-guard";

const contextOf = (timeoutMs: number) => {
  const end = performance.now() + timeoutMs;
  return { getRemainingTimeInMillis: () => Math.max(0, end - performance.now()) } as never;
};
const never = () => new Promise<void>(() => {});

// A call that hangs is answered before its function is ended.
const deadline = timeoutGuard({ reserveMs: 50 });
const hangs = middy(never, deadline.plugin).use(deadline);
await assert.rejects(async () => hangs({}, contextOf(200)), { name: "DeadlineExceeded" });

// Of a batch, what hangs is reported to its queue, and nothing else.
const batch = timeoutGuard({ reserveMs: 50 });
const worker = middy<{ readonly Records: readonly { readonly messageId: string }[] }>(batch.plugin)
  .use(batch)
  .handler((event, context) =>
    forEachRecord(event, context, async ({ messageId }) => {
      if (messageId === "2") await never();
    }),
  );
const record = (messageId: string) => ({ messageId, eventSource: "aws:sqs", body: "{}" });
assert.deepEqual(await worker({ Records: [record("1"), record("2")] }, contextOf(200)), {
  batchItemFailures: [{ itemIdentifier: "2" }],
});
