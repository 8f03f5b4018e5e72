/**
 * A middleware further out that puts something else in the place of the event, as a parser with an
 * envelope does: what was to be bounded is not there any more, and the developer is told so.
 */
import middy, { type Request } from "@middy/core";
import { invocationOf } from "@middy-hardening/core";
import { HTTP_KINDS, httpEvent, invoke, sqsEvent } from "@middy-hardening/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Invokes a function whose event becomes `replacement` after a first middleware of the suite has seen it. */
async function failureOf(event: unknown, replacement: unknown): Promise<string | undefined> {
  const { payloadGuard } = await import("../src/index.ts");
  const handle = vi.fn();
  const handler = middy()
    .before((request) => void invocationOf(request))
    .before((request: Request) => {
      request.event = replacement;
    })
    .use(payloadGuard())
    .handler(handle);
  const { error } = await invoke(handler, event);
  expect(handle).not.toHaveBeenCalled();
  return error?.errorMessage;
}

const LOST =
  /^@middy-hardening\/payload-guard: the event is no longer one of [a-z-]+: .* Add that one/;

describe("behind a middleware of the suite that has seen the event", () => {
  test.each(HTTP_KINDS)("a request of %s fails with what to do", async (kind) => {
    const event = httpEvent(kind, { method: "POST", body: { sku: "A-1" } });
    for (const body of [{ sku: "A-1" }, ["A-1"], "A-1", null]) {
      expect(await failureOf(event, body)).toMatch(LOST);
    }
  });

  test("a batch fails with what to do", async () => {
    const event = sqsEvent([{ body: '{"sku":"A-1"}' }]);
    expect(await failureOf(event, [{ sku: "A-1" }])).toMatch(LOST);
  });

  test("a batch whose records are not to be found any more fails with what to do", async () => {
    const event = { eventSource: "aws:kafka", records: { "orders-0": [{ value: "e30=" }] } };
    expect(await failureOf(event, [{ sku: "A-1" }])).toMatch(LOST);
  });

  test.each([
    ["SQS", sqsEvent([{ body: "{}" }]), { Records: [] }],
    [
      "Kafka",
      { eventSource: "aws:kafka", records: { "orders-0": [{ value: "e30=" }] } },
      { records: { "orders-0": [] } },
    ],
  ])(
    "a batch of %s of which a filter has left nothing is what it was",
    async (_name, event, left) => {
      const { payloadGuard } = await import("../src/index.ts");
      const handler = middy()
        .before((request) => void invocationOf(request))
        .before((request: Request) => {
          request.event = left;
        })
        .use(payloadGuard())
        .handler(() => "done");
      expect((await invoke(handler, event)).result).toBe("done");
    },
  );

  test("a window that ends without a record is what it was", async () => {
    const event = {
      Records: [],
      isFinalInvokeForWindow: true,
      eventSourceARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
    };
    const { payloadGuard } = await import("../src/index.ts");
    const { error } = await invoke(middy(async () => ({})).use(payloadGuard()), event);
    expect(error).toBeUndefined();
  });
});

test("alone, a process warning says that an event of no known trigger was answered as one of HTTP", async () => {
  const { payloadGuard } = await import("../src/index.ts");
  const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const handler = middy(async () => ({ statusCode: 201, body: "{}" }))
    .before((request) => {
      request.event = { sku: "A-1" };
    })
    .use(payloadGuard());
  await invoke(handler, httpEvent("api-gateway-http", { method: "POST", body: { sku: "A-1" } }));
  expect(warned).toHaveBeenCalledExactlyOnceWith(
    expect.stringContaining("an event that is none of a known trigger was answered"),
    "MiddyHardeningWarning",
  );
});
