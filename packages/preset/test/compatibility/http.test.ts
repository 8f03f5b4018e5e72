/**
 * Every middleware of ours beside those of Middy and Powertools, before and after them: what is
 * honest is served as without ours, what is not is refused, and a failure says nothing of itself.
 */
import middy, { type MiddlewareObj } from "@middy/core";
import { captureOutput, captureSecurityEvents, httpEvent, invoke } from "@middy-hardening/testing";
import { describe, expect, test, vi } from "vitest";
import { OTHERS, PLACES, WRONG } from "./others.ts";
import { OURS } from "./ours.ts";

const ORDER = { sku: "A-1" };
const INTERNAL = "connect ECONNREFUSED 10.0.0.7:5432";
/** Too deep for `payloadGuard`, and no order for `inputValidator`. */
const HOSTILE = JSON.parse(`${"[".repeat(50)}${"]".repeat(50)}`);

const post = (body: object): unknown =>
  httpEvent("api-gateway-http", { method: "POST", path: "/orders", body });

const bodyOf = (event: { body?: unknown }): { sku: string } =>
  typeof event.body === "string" ? JSON.parse(event.body) : (event.body as { sku: string });

const serve = async (event: { body?: unknown }): Promise<unknown> => ({
  statusCode: 201,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ ordered: bodyOf(event).sku }),
});

const fail = async (): Promise<never> => {
  throw new Error(INTERNAL);
};

async function observe(
  chain: readonly MiddlewareObj[],
  event: unknown,
  handle: (event: never) => Promise<unknown> = serve,
) {
  const handler = middy()
    .use([...chain])
    .handler(handle as never);
  using output = captureOutput();
  using security = captureSecurityEvents();
  const { result, error, payload } = await invoke(handler, event);
  const { statusCode: status, headers = {}, body } = Object(result);
  return {
    payload,
    error,
    status,
    headers: headers as Readonly<Record<string, string>>,
    body,
    lines: output.records.filter(({ message }) => message === "Invocation"),
    log: output.text,
    events: security.events.map(({ name }) => name),
  };
}

const cells = Object.entries(OURS).flatMap(([name, { make, does }]) =>
  Object.entries(OTHERS).flatMap(([otherName, makeOther]) =>
    PLACES.map((place) => ({
      title: `${otherName} ${place} ${name}`,
      chain: () => (place === "before" ? [makeOther(), ...make()] : [...make(), makeOther()]),
      makeOther,
      does,
    })),
  ),
);

describe.each(cells.filter(({ title }) => !WRONG.has(title)))(
  "$title",
  ({ chain, makeOther, does }) => {
    test("an honest request is served as without ours", async () => {
      const { status, body, error } = await observe(chain(), post(ORDER));
      const alone = await observe([makeOther()], post(ORDER));
      expect(error).toBeUndefined();
      expect({ status, body }).toEqual({ status: alone.status, body: alone.body });
    });

    test.runIf(does.includes("refuse"))("a hostile request is refused", async () => {
      const handle = vi.fn(serve);
      const { events } = await observe(chain(), post(HOSTILE), handle);
      expect(handle).not.toHaveBeenCalled();
      expect(events).not.toEqual([]);
    });

    test.runIf(does.includes("sanitize"))("an internal error says nothing", async () => {
      const { status, payload, events } = await observe(chain(), post(ORDER), fail);
      expect(status).toBe(500);
      expect(payload).toContain("internal_server_error");
      expect(payload).not.toContain("10.0.0.7");
      expect(events).toContain("sys_crash");
    });

    test.runIf(does.includes("log"))("an internal error has its line in the log", async () => {
      const { lines, log } = await observe(chain(), post(ORDER), fail);
      expect(lines).toEqual([expect.objectContaining({ outcome: "failed" })]);
      expect(log).toContain(INTERNAL);
    });

    test.runIf(does.includes("headers"))("the response has its headers", async () => {
      const { headers } = await observe(chain(), post(ORDER));
      expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    });
  },
);
