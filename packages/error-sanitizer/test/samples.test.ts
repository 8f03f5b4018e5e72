import { existsSync, globSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import middy from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import { type EventSource, eventSourceOf, PublicError } from "@middy-hardening/core";
import { captureSecurityEvents, invoke, lambdaContext } from "@middy-hardening/testing";
import { describe, expect, test } from "vitest";
import { errorSanitizer } from "../src/index.ts";

const folder = resolve(import.meta.dirname, "../../../../shared/events");
const samples = globSync(`${folder}/**/*.json`).map((path) => relative(folder, path));

/** What the caller of each source gets when a handler fails. */
type Answer = "fails" | "problem details" | "neutral sentence";

const problemDetails: readonly EventSource[] = [
  ...(["alb", "api-gateway-http", "api-gateway-rest", "function-url"] as const),
  ...(["api-gateway-websocket", "vpc-lattice"] as const),
];

function expectedOf(source: EventSource): Answer {
  if (problemDetails.includes(source)) return "problem details";
  return source === "cognito" ? "neutral sentence" : "fails";
}

const secrets = Object.assign(new TypeError("connect postgres://app:hunter2@db.internal"), {
  config: { headers: { authorization: "Bearer hunter2" } },
  cause: new Error("hunter2"),
});

if (!existsSync(folder)) {
  test("the event samples are not here, so what their callers get is not looked at", () => {
    expect(samples).toEqual([]);
  });
}

describe.runIf(existsSync(folder))("a handler that fails inside", () => {
  test.each(samples)("says nothing of it to the sender of %s", async (sample) => {
    using captured = captureSecurityEvents();
    const event = JSON.parse(readFileSync(resolve(folder, sample), "utf8"));
    const expected = expectedOf(eventSourceOf(event));
    const handler = middy()
      .use(errorSanitizer())
      .handler(() => {
        throw secrets;
      });
    // It answers every trigger as if it were HTTP.
    if (expected !== "problem details") handler.use(httpErrorHandler({ logger: false }));
    // A custom resource whose time is up tells nobody: nothing leaves this machine.
    const outcome = await invoke(handler, event, lambdaContext({ timeoutMs: 1 }));

    expect(JSON.stringify(outcome)).not.toMatch(/hunter2|postgres|TypeError|\.test\.ts/);
    expect(captured.events).toMatchObject([{ name: "sys_crash", outcome: "blocked" }]);
    if (expected === "problem details") {
      expect(outcome.result).toMatchObject({ statusCode: 500 });
    } else {
      // What a queue, a stream or an asynchronous invocation repeats.
      expect(outcome.error).toMatchObject({ errorType: "InternalError", trace: [""] });
      const isNeutral = outcome.error?.errorMessage.startsWith("Something went wrong.");
      expect(isNeutral).toBe(expected === "neutral sentence");
    }
  });

  test.each(samples)("says what a public error says to the sender of %s", async (sample) => {
    const event = JSON.parse(readFileSync(resolve(folder, sample), "utf8"));
    const handler = middy()
      .use(errorSanitizer())
      .handler(() => {
        throw new PublicError(409, { code: "order_shipped", detail: "The order is shipped." });
      });
    const outcome = await invoke(handler, event, lambdaContext({ timeoutMs: 1 }));
    expect(outcome.payload).toContain("The order is shipped.");
    expect(outcome.payload).toContain("order_shipped");
  });
});
