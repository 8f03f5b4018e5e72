/**
 * Every middleware of ours beside those of Middy and Powertools, before and after them: what is
 * honest is served as without ours, what is not is refused, and a failure says nothing of itself.
 */
import { describe, expect, test, vi } from "vitest";
import { fail, INTERNAL, ORDER, observe, post, serve } from "./observe.ts";
import { OTHERS, PLACES, WRONG } from "./others.ts";
import { OURS, type Ours } from "./ours.ts";

/** Too deep for `payloadGuard`, and no order for `inputValidator`. */
const HOSTILE = JSON.parse(`${"[".repeat(50)}${"]".repeat(50)}`);

const allCells = Object.entries(OURS).flatMap(([name, { make, does }]) =>
  Object.entries(OTHERS).flatMap(([otherName, makeOther]) =>
    PLACES.map((place) => ({
      title: `${otherName} ${place} ${name}`,
      chain: () => (place === "before" ? [makeOther(), ...make()] : [...make(), makeOther()]),
      makeOther,
      does,
    })),
  ),
);

const cells = allCells.filter(({ title }) => !WRONG.has(title));
const cellsThat = (what: Ours["does"][number]) => cells.filter(({ does }) => does.includes(what));

describe.each(cells)("$title", ({ chain, makeOther }) => {
  test("an honest request is served as without ours", async () => {
    const { status, body, error } = await observe(chain(), post(ORDER));
    const alone = await observe([makeOther()], post(ORDER));
    expect(error).toBeUndefined();
    expect({ status, body }).toEqual({ status: alone.status, body: alone.body });
  });
});

describe.each(cellsThat("refuse"))("$title", ({ chain }) => {
  test("a hostile request is refused", async () => {
    const handle = vi.fn(serve);
    const { events } = await observe(chain(), post(HOSTILE), handle);
    expect(handle).not.toHaveBeenCalled();
    expect(events).not.toEqual([]);
  });
});

describe.each(cellsThat("sanitize"))("$title", ({ chain }) => {
  test("an internal error says nothing", async () => {
    const { status, payload, events } = await observe(chain(), post(ORDER), fail);
    expect(status).toBe(500);
    expect(payload).toContain("internal_server_error");
    expect(payload).not.toContain("10.0.0.7");
    expect(events).toContain("sys_crash");
  });
});

describe.each(cellsThat("log"))("$title", ({ chain }) => {
  test("an internal error has its line in the log", async () => {
    const { lines, log } = await observe(chain(), post(ORDER), fail);
    expect(lines).toEqual([expect.objectContaining({ outcome: "failed" })]);
    expect(log).toContain(INTERNAL);
  });
});

describe.each(cellsThat("headers"))("$title", ({ chain }) => {
  test("the response has its headers", async () => {
    const { headers } = await observe(chain(), post(ORDER));
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
  });
});
