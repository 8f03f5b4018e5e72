/** Responses that are streams: counted as they flow, and cut at the limit. */
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import { atSettlement, settle } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  httpEvent,
  invokeStream,
  lambdaContext,
  provideAwsLambda,
  type StreamingHandler,
} from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import { type ResponseGuardOptions, responseGuard } from "../src/index.ts";

const event = httpEvent("function-url");

/** A streaming function behind the guard, and what its client receives. */
async function stream(
  respond: () => unknown,
  options: ResponseGuardOptions,
  sent: unknown = event,
) {
  using _ = provideAwsLambda();
  using captured = captureSecurityEvents();
  const handler = middy({ executionMode: executionModeStreamifyResponse })
    .use(responseGuard(options))
    .handler(async () => respond());
  const outcome = await invokeStream(handler as unknown as StreamingHandler, sent);
  const events = captured.events.map(
    ({ name, outcome: result, params }) => `${name} ${result}: ${params.join(", ")}`,
  );
  return { ...outcome, events };
}

/** Chunks that arrive one by one, so that each has left before the next is there. */
async function* slowly(chunks: Iterable<unknown>): AsyncGenerator<unknown> {
  for (const chunk of chunks) {
    yield chunk;
    await setTimeout(20);
  }
}

type Chunks = Iterable<unknown> | AsyncIterable<unknown>;

const webStream = (chunks: Chunks): ReadableStream =>
  ReadableStream.from(chunks as Iterable<string>);

describe.each([
  ["Node's", (chunks: Chunks): unknown => Readable.from(chunks)],
  ["the web's", webStream],
])("a stream of %s", (_name, make) => {
  it.each([
    ["the body of a response", (body: unknown) => ({ statusCode: 201, headers: { a: "1" }, body })],
    ["the whole response", (body: unknown) => body],
  ])("that is %s is sent up to the limit", async (_where, respond) => {
    const chunks = ["éé", Buffer.from("cd"), "e"];
    const served = await stream(() => respond(make(chunks)), { maxStreamBytes: 7 });
    expect(served).toMatchObject({ body: "éécde", isCut: false, events: [] });

    const cut = await stream(() => respond(make(slowly(chunks))), { maxStreamBytes: 6 });
    expect(cut).toMatchObject({
      body: "éécd",
      isCut: true,
      hasExited: false,
      events: ["response_too_large blocked: max_stream_bytes"],
    });
    expect(cut.runtimeLog.join()).toContain("The response has more than 6 bytes.");
    expect(cut.statusCode).toBe(served.statusCode);
  });

  it("is cut when it has no end", async () => {
    let made = 0;
    function* endless(): Generator<string> {
      for (;;) {
        made++;
        yield "x".repeat(1_000);
      }
    }
    const { body, isCut } = await stream(() => ({ statusCode: 200, body: make(endless()) }), {
      maxStreamBytes: 1_000_000,
    });
    expect(isCut).toBe(true);
    expect(body.length).toBeLessThanOrEqual(1_000_000);
    expect(made).toBeLessThan(1_200);
  });

  it("is told of once, however many chunks wait for a slow receiver behind the one that is too many", async () => {
    using captured = captureSecurityEvents();
    const handler = middy()
      .use(responseGuard({ maxStreamBytes: 5_000 }))
      .handler(async () => ({ statusCode: 200, body: make(Array(200).fill("x".repeat(100))) }));
    const { body } = (await handler(event, lambdaContext())) as { body: AsyncIterable<unknown> };
    const slow = async (): Promise<void> => {
      for await (const _ of body) await setTimeout(1);
    };
    await expect(slow()).rejects.toThrow("The response has more than 5000 bytes.");
    expect(captured.events).toHaveLength(1);
  });

  it("fails with its own error, which is not the guard's to tell", async () => {
    async function* failing(): AsyncGenerator<unknown> {
      yield* slowly(["a"]);
      throw new Error("database down");
    }
    const { body, isCut, runtimeLog, events } = await stream(() => make(failing()), {});
    expect({ body, isCut }).toEqual({ body: "a", isCut: true });
    expect(runtimeLog.join()).toContain("database down");
    expect(events).toEqual([]);
  });

  it("leaves a frozen response as it was, for any trigger", async () => {
    for (const sent of [event, httpEvent("api-gateway-rest"), {}]) {
      const body = make(["a"]);
      const response = Object.freeze({ statusCode: 200, body });
      expect(await stream(() => response, {}, sent)).toMatchObject({ body: "a", isCut: false });
      expect(response.body).toBe(body);
    }
  });
});

it("is counted once: what a middleware further out makes of it has the last word", async () => {
  using _ = provideAwsLambda();
  const clean = new Error("Internal error");
  async function* cleaned(source: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    try {
      yield* source;
    } catch {
      throw clean;
    }
  }
  const outermost = (): undefined => {};
  const handler = middy({ executionMode: executionModeStreamifyResponse })
    .use({
      before(request) {
        atSettlement(request, outermost);
      },
      after(request) {
        request.response = {
          ...request.response,
          body: Readable.from(cleaned(request.response.body)),
        };
        settle(request, outermost);
      },
    })
    .use(responseGuard({ maxStreamBytes: 6 }))
    .handler(async () => ({ statusCode: 200, body: Readable.from(slowly(["four", "four"])) }));
  const { body, runtimeLog } = await invokeStream(handler as unknown as StreamingHandler, event);
  expect(body).toBe("four");
  expect(runtimeLog).toEqual([expect.stringContaining('"errorMessage":"Internal error"')]);
});

it("is read only as fast as its receiver takes it", async () => {
  let made = 0;
  function* numbers(): Generator<string> {
    for (; made < 10_000; made++) yield "x".repeat(10_000);
  }
  const handler = middy()
    .use(responseGuard())
    .handler(async () => Readable.from(numbers()));
  const counted = (await handler(event, lambdaContext())) as unknown as Readable;
  await setTimeout(10);
  expect(made).toBeLessThan(100);
  counted.destroy();
});

it("gives its source up when its receiver goes away", async () => {
  const source = new PassThrough();
  const handler = middy()
    .use(responseGuard())
    .handler(async () => ({ statusCode: 200, body: source }));
  const { body } = (await handler(event, lambdaContext())) as unknown as { body: Readable };
  body.destroy();
  await setTimeout(0);
  expect(source.destroyed).toBe(true);
});

it("does not end the process when its source fails before anybody reads it", async () => {
  const source = new PassThrough();
  const handler = middy()
    .use(responseGuard())
    .handler(async () => source);
  const counted = (await handler(event, lambdaContext())) as unknown as Readable;
  source.destroy(new Error("gone"));
  await setTimeout(0);
  await expect(text(counted)).rejects.toThrow();
});

it("counts what a generator gives, and what is sent as JSON", async () => {
  async function* lines(): AsyncGenerator<unknown> {
    yield { id: 1 };
    yield { id: 2 };
  }
  const handler = middy()
    .use(responseGuard({ maxStreamBytes: 10 }))
    .handler(async () => lines());
  const counted = (await handler(event, lambdaContext())) as unknown as AsyncIterable<unknown>;
  const received: unknown[] = [];
  await expect(async () => {
    for await (const chunk of counted) received.push(chunk);
  }).rejects.toThrow("The response has more than 10 bytes.");
  expect(received).toEqual([{ id: 1 }]);
});

it("fails at a chunk that cannot be written", async () => {
  const { isCut } = await stream(() => Readable.from(["a", { id: 1n }]), {});
  expect(isCut).toBe(true);
});

it("is counted when a middleware makes it of an error", async () => {
  const handler = middy()
    .use(responseGuard({ maxStreamBytes: 1 }))
    .onError((request) => {
      request.response = { statusCode: 500, body: Readable.from(["ab"]) };
    })
    .handler(async () => {
      throw new Error("no");
    });
  const { body } = (await handler(event, lambdaContext())) as unknown as { body: Readable };
  await expect(text(body)).rejects.toThrow("The response has more than 1 bytes.");
});

it("takes a stream beside no status for no body, as Middy does", async () => {
  const body = Object.assign(Readable.from(["a"]), { toJSON: () => "a stream" });
  const handler = middy()
    .use(responseGuard())
    .handler(async () => ({ body }));
  expect(await handler(event, lambdaContext())).toEqual({ body });
});
