import { HTTP_KINDS } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import { send } from "./api.ts";

const isBlocked = (...params: string[]) => [
  { name: "malicious_extraneous", outcome: "blocked", params },
];

describe("an attacker's text reflected into a header", () => {
  const splits = "1\r\nSet-Cookie: session=attacker\r\n\r\n<script>alert(1)</script>";

  it.each(HTTP_KINDS)("cannot split the response: the header is dropped, with %s", async (kind) => {
    const headers = { "X-Next": splits, "X-Honest": "yes" };
    const { answer, header, events } = await send({}, {}, { statusCode: 200, headers }, kind);

    expect(JSON.stringify(answer.headers)).not.toMatch(/attacker|\\r|\\n/);
    expect(header("x-next")).toBeUndefined();
    expect(header("x-honest")).toBe("yes");
    expect(events).toEqual(isBlocked("X-Next"));
  });

  it.each(["\r", "\n", "\0", "\x7f", "\x1b[2J", "\x85"])(
    "cannot hold the control character %j",
    async (control) => {
      const headers = { Location: `/orders/${control}x` };
      const { header, events } = await send({}, {}, { statusCode: 302, headers });

      expect(header("location")).toBeUndefined();
      expect(events).toEqual(isBlocked("Location"));
    },
  );

  it.each(["\u010d", "\u010a", "\u0100"])(
    "cannot hold %j, of which a control character is left when it is cut to a byte",
    async (character) => {
      const headers = { Location: `/orders/${character}x` };
      const { header, events } = await send({}, {}, { statusCode: 302, headers });

      expect(header("location")).toBeUndefined();
      expect(events).toEqual(isBlocked("Location"));
    },
  );

  it("cannot set a cookie by characters that a gateway cuts to a line break", async () => {
    const headers = { Location: "/\u010d\u010aSet-Cookie: a=b" };
    for (const kind of HTTP_KINDS) {
      const { answer, events } = await send({}, {}, { statusCode: 302, headers }, kind);

      expect(answer.headers.filter(([name]) => /location|cookie/.test(name))).toEqual([]);
      expect(events).toEqual(isBlocked("Location"));
    }
  });

  it("does not get into the status line of an ALB either", async () => {
    const clean = { statusCode: 404, statusDescription: "404 Not Found" };
    expect((await send({}, {}, clean, "alb")).result).toMatchObject(clean);

    const split = { statusCode: 200, statusDescription: "200 OK\r\nX-Admin: 1" };
    const { result, events } = await send({}, {}, split, "alb");
    expect(result).not.toHaveProperty("statusDescription");
    expect(events).toEqual(isBlocked("statusDescription"));
  });

  it.each(["\r", "\n", "\0", "\x1b[2J", "\x7f", "\u010d\u010a"])(
    "cannot put %j into the status line",
    async (text) => {
      const response = Object.freeze({ statusCode: 200, statusDescription: `200 ${text}X-A: 1` });
      const { result, events } = await send({}, {}, response, "alb-multi-value");
      expect(result).not.toHaveProperty("statusDescription");
      expect(events).toEqual(isBlocked("statusDescription"));
    },
  );

  it("takes only itself out of several values", async () => {
    const multiValueHeaders = { Link: ["</a>", "</b>\r\nX: y"], "X-Bad": ["\n"] };
    for (const kind of ["api-gateway-rest", "alb-multi-value"] as const) {
      const { header, events } = await send({}, {}, { statusCode: 200, multiValueHeaders }, kind);

      expect(header("link")).toBe("</a>");
      expect(header("x-bad")).toBeUndefined();
      expect(events).toEqual(isBlocked("Link", "X-Bad"));
    }
    expect(multiValueHeaders.Link).toHaveLength(2);
  });

  it("is dropped from the cookies of payload format 2.0", async () => {
    const cookies = Object.freeze(["theme=dark", "name=x\r\nX-Admin: 1"]);
    const { header, events } = await send({}, {}, { statusCode: 200, cookies });

    expect(header("set-cookie")).toBe("theme=dark");
    expect(events).toEqual(isBlocked("set-cookie"));
  });

  it("is not printed when it made up the name of a header", async () => {
    const headers = { "X-A: 1\r\nX-B": "2", "": "3", "spaced name": "4" };
    const { answer, events } = await send({}, {}, { statusCode: 200, headers });

    expect(JSON.stringify(answer.headers)).not.toMatch(/X-B|spaced/i);
    expect(events).toEqual(isBlocked("(name)", "(name)", "(name)"));
  });

  it("cannot flood the security event", async () => {
    const headers = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`x-${n}`, "\n"]));
    const { events } = await send({}, {}, { statusCode: 200, headers });

    expect(events).toHaveLength(1);
    expect(events[0]?.params).toHaveLength(10);
  });

  it("may be honest text with a tab or letters of Latin-1", async () => {
    const headers = { "X-Name": "Zoë\tÅngström ÿ" };
    const { result, events } = await send({}, {}, { statusCode: 200, headers });

    expect(result).toMatchObject({ headers });
    expect(events).toEqual([]);
  });
});

describe("honest text that no header can have", () => {
  it.each(["注文", "Čapek", "\ud801", "🍵"])(
    "goes without being taken for an attack: %j",
    async (text) => {
      const headers = { "X-Name": text, "X-Honest": "yes" };
      const cookies = [`name=${text}`, "theme=dark"];
      const { header, result, events } = await send({}, {}, { statusCode: 200, headers, cookies });

      expect(header("x-name")).toBeUndefined();
      expect(header("x-honest")).toBe("yes");
      expect(result).toMatchObject({ cookies: ["theme=dark"] });
      expect(events).toEqual([
        {
          name: "response_validation_fail",
          outcome: "blocked",
          params: ["X-Name", "set-cookie"],
        },
      ]);
    },
  );
});

describe("header values that are no text", () => {
  it("stay when they are numbers and booleans", async () => {
    const headers = { "X-Total-Count": 3, "X-Complete": false };
    const { result, events } = await send({}, {}, { statusCode: 200, headers });

    expect(result).toMatchObject({ headers: { "X-Total-Count": 3, "X-Complete": false } });
    expect(events).toEqual([]);
  });

  it("go when no gateway could write them, and the log hears of it", async () => {
    const headers = { "X-Object": { a: 1 }, "X-List": ["a"], "X-NaN": Number.NaN };
    const { answer, events } = await send({}, {}, { statusCode: 200, headers });

    expect(answer.headers.filter(([name]) => /^x-(object|list|nan)$/.test(name))).toEqual([]);
    expect(events).toEqual([
      {
        name: "response_validation_fail",
        outcome: "blocked",
        params: ["X-Object", "X-List", "X-NaN"],
      },
    ]);
  });

  it("do not hide an attack among them", async () => {
    const headers = { "X-Object": {}, "X-Next": "\r\n" };
    const { events } = await send({}, {}, { statusCode: 200, headers });

    expect(events).toEqual(isBlocked("X-Object", "X-Next"));
  });
});
