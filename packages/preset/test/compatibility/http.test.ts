/**
 * Every middleware of ours beside those of Middy and Powertools, before and after them: what is
 * honest is served as without ours, and each of ours does what it is for.
 */
import { httpEvent } from "@middy-hardening/testing";
import { describe, expect, test, vi } from "vitest";
import { aws, SECRET } from "./backends.ts";
import { fail, INTERNAL, ORDER, post, serve } from "./observe.ts";
import { OTHERS, type Other, PLACES, type Run, WRONG } from "./others.ts";
import { MAX_BYTES, OURS, type Ours } from "./ours.ts";

/** Too deep for `payloadGuard`, and no order for `inputValidator`. */
const HOSTILE = JSON.parse(`${"[".repeat(50)}${"]".repeat(50)}`);

/** What is served without ours, asked for once. */
const aloneAnswers = new Map<unknown, ReturnType<Run>>();
const answerAlone = (other: Other): ReturnType<Run> => {
  const known = aloneAnswers.get(other) ?? other("after", { chain: [] })(post(ORDER));
  aloneAnswers.set(other, known);
  return known;
};

const allCells = Object.entries(OURS).flatMap(([name, { make, does }]) =>
  Object.entries(OTHERS).flatMap(([otherName, other]) =>
    PLACES.map((place) => ({
      title: `${otherName} ${place} ${name}`,
      run: other(place, make()),
      alone: () => answerAlone(other),
      does,
    })),
  ),
);

const cells = allCells.filter(({ title }) => !WRONG.has(title));
const cellsThat = (what: Ours["does"][number]) => cells.filter(({ does }) => does.includes(what));

describe.each(cells)("$title", ({ run, alone }) => {
  test("an honest request is served as without ours", async () => {
    const { status, body, error } = await run(post(ORDER));
    const expected = await alone();
    expect(error).toBeUndefined();
    expect({ status, body }).toEqual({ status: expected.status, body: expected.body });
  });
});

describe.each(cellsThat("refuse"))("$title", ({ run }) => {
  test("a hostile request is refused", async () => {
    const handle = vi.fn(serve);
    const { events } = await run(post(HOSTILE), handle);
    expect(handle).not.toHaveBeenCalled();
    expect(events).not.toEqual([]);
  });
});

describe.each(cellsThat("sanitize"))("$title", ({ run }) => {
  test("an internal error says nothing", async () => {
    const { status, payload, events } = await run(post(ORDER), fail);
    expect(status).toBe(500);
    expect(payload).toContain("internal_server_error");
    expect(payload).not.toContain("10.0.0.7");
    expect(events).toContain("sys_crash");
  });
});

describe.each(cellsThat("log"))("$title", ({ run }) => {
  test("an internal error has its line in the log", async () => {
    const { lines, log } = await run(post(ORDER), fail);
    expect(lines).toEqual([expect.objectContaining({ outcome: "failed" })]);
    expect(log).toContain(INTERNAL);
  });
});

describe.each(cellsThat("headers"))("$title", ({ run }) => {
  test("the response has its headers", async () => {
    const { headers } = await run(post(ORDER));
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
  });
});

describe.each(cellsThat("bound"))("$title", ({ run }) => {
  test("an answer that is too large does not leave", async () => {
    const tooLarge = "x".repeat(MAX_BYTES);
    const { payload, events } = await run(post(ORDER), async () => ({
      statusCode: 200,
      headers: { "content-type": "text/plain" },
      body: tooLarge,
    }));
    expect(payload).not.toContain(tooLarge);
    expect(events).toContain("response_too_large");
  });
});

describe.each(cellsThat("load secrets"))("$title", ({ run }) => {
  test("the handler has its secret, and nobody who prints it", async () => {
    const handle = vi.fn((_event: never, { secrets }: { secrets: { apiKey: Revealing } }) => {
      if (secrets.apiKey.reveal() !== SECRET) throw new Error("Another secret.");
      return { statusCode: 200, body: JSON.stringify(secrets) };
    });
    const { status, payload, log } = await run(post(ORDER), handle as never);
    expect(handle).toHaveReturned();
    expect(status).toBe(200);
    expect(payload).toContain("[secret apiKey]");
    expect(payload + log).not.toContain(SECRET);
  });
});

interface Revealing {
  reveal(): unknown;
}

describe.each(cellsThat("decrypt"))("$title", ({ run }) => {
  const payWith = (purpose: string): unknown => {
    const card = aws.encrypt("alias/orders", "4111", { purpose });
    return httpEvent("api-gateway-http", {
      method: "POST",
      path: "/orders",
      headers: { "x-card": card },
      body: ORDER,
    });
  };
  type Paid = { readonly headers: { readonly "x-card": Revealing } };

  test("the handler has what was encrypted for it", async () => {
    const handle = ({ headers }: Paid) => ({
      statusCode: 200,
      body: headers["x-card"].reveal() === "4111" ? "paid" : "refused",
    });
    const { body } = await run(payWith("card"), handle as never);
    expect(body).toContain("paid");
  });

  test("what was encrypted for another purpose does not reach the handler", async () => {
    const handle = vi.fn(serve);
    const { events } = await run(payWith("coupon"), handle);
    expect(handle).not.toHaveBeenCalled();
    expect(events).not.toEqual([]);
  });
});

describe.each(cellsThat("end in time"))("$title", ({ run }) => {
  test("a handler that never returns is answered in time", async () => {
    const never = (): Promise<never> => new Promise(() => {});
    // An invocation with all its time: from now on a deadline that has passed at once is one, and no wrong option.
    await run(post(ORDER));
    // Of the function's timeout, 500 ms are kept for the answer.
    const { status, events } = await run(post(ORDER), never, 505);
    expect(status).toBe(503);
    expect(events).toContain("deadline_exceeded");
  });
});
