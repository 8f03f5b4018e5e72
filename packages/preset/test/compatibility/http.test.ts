/**
 * Every middleware of ours beside those of Middy and Powertools, before and after them: what is
 * honest is served as without ours, what is not is refused, and a failure says nothing of itself.
 */
import { describe, expect, test, vi } from "vitest";
import { fail, INTERNAL, ORDER, observe, post, serve } from "./observe.ts";
import { OTHERS, PLACES, WRONG } from "./others.ts";
import { OURS } from "./ours.ts";

/** Too deep for `payloadGuard`, and no order for `inputValidator`. */
const HOSTILE = JSON.parse(`${"[".repeat(50)}${"]".repeat(50)}`);

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
