/**
 * Powertools' `makeHandlerIdempotent` beside `harden()`, on DynamoDB: work is done once, and what is
 * answered from the store is as complete as what was answered first.
 */
import type { MiddlewareObj } from "@middy/core";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { harden } from "../../src/index.ts";
import { once } from "./backends.ts";
import { fail, observe, post, serve } from "./observe.ts";
import { PLACES } from "./others.ts";

const body = z.object({ sku: z.string().max(20) });

describe.each(PLACES)("makeHandlerIdempotent %s harden({ body })", (place) => {
  const deadline = timeoutGuard();
  const ours = harden({ body, timeoutGuard: deadline }) as unknown as MiddlewareObj[];
  const chain = (): MiddlewareObj[] =>
    place === "before" ? [once("body"), ...ours] : [...ours, once("body")];
  const order = (name: string): unknown => post({ sku: `${place}-${name}` });

  test("a repeated request has the first one's answer, headers included, and the work is done once", async () => {
    const handle = vi.fn(serve);
    const first = await observe(chain(), order("twice"), handle, deadline.plugin);
    const second = await observe(chain(), order("twice"), handle, deadline.plugin);
    expect(handle).toHaveBeenCalledTimes(1);
    expect(first.status).toBe(201);
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers).toMatchObject({ "x-content-type-options": "nosniff" });
  });

  test("a request that failed within may be sent again, and its failure says nothing", async () => {
    const failed = await observe(chain(), order("fails"), fail, deadline.plugin);
    expect(failed.status).toBe(500);
    expect(failed.payload).not.toContain("10.0.0.7");
    const again = await observe(chain(), order("fails"), serve, deadline.plugin);
    expect(again.status).toBe(201);
  });

  test("an answer that leaks is withheld each time, though it is in the store as the handler made it", async () => {
    const stack = "Error: Down.\n    at query (/var/task/index.js:10:5)";
    const handle = vi.fn(async () => ({
      statusCode: 200,
      body: `${stack}\n    at main (/var/task/index.js:11:5)`,
    }));
    for (const _time of [1, 2]) {
      const { status, payload } = await observe(chain(), order("leaks"), handle, deadline.plugin);
      expect(status).toBe(500);
      expect(payload).not.toContain("/var/task");
    }
    expect(handle).toHaveBeenCalledTimes(1);
  });

  test("a request that is refused is refused each time", async () => {
    const hostile = post({ sku: "x".repeat(21) });
    for (const _time of [1, 2]) {
      const { status, events } = await observe(chain(), hostile, serve, deadline.plugin);
      expect(status).toBe(422);
      expect(events).toEqual(["input_validation_fail"]);
    }
  });
});

describe("a repeated request", () => {
  const lines = async (place: (typeof PLACES)[number], isPlugged: boolean) => {
    const deadline = timeoutGuard();
    const ours = harden({ timeoutGuard: deadline }) as unknown as MiddlewareObj[];
    const chain = place === "before" ? [once("body"), ...ours] : [...ours, once("body")];
    const order = post({ sku: `${place}-${isPlugged}-line` });
    const plugin = isPlugged ? deadline.plugin : undefined;
    await observe(chain, order, serve, plugin);
    const { lines, headers } = await observe(chain, order, serve, plugin);
    return { lines: lines.length, hasHeaders: "x-content-type-options" in headers };
  };

  test("has its line in the log and its headers after harden() with the plugin of the deadline", async () => {
    expect(await lines("after", true)).toEqual({ lines: 1, hasHeaders: true });
  });

  test("has no headers after harden() without the plugin", async () => {
    expect(await lines("after", false)).toEqual({ lines: 0, hasHeaders: false });
  });

  test("has its headers, out of the store, but no line before harden()", async () => {
    expect(await lines("before", false)).toEqual({ lines: 0, hasHeaders: true });
  });
});
