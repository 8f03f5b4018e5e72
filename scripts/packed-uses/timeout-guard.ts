import assert from "node:assert/strict";
import middy from "@middy/core";
import { timeoutGuard } from "@middy-hardening/timeout-guard";

const deadline = timeoutGuard({ reserveMs: 50 });
const handler = middy(() => new Promise(() => {}), deadline.plugin).use(deadline);

const end = performance.now() + 200;
const context = { getRemainingTimeInMillis: () => Math.max(0, end - performance.now()) };
await assert.rejects(async () => handler({}, context as never));
