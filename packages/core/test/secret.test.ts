import { setImmediate } from "node:timers/promises";
import { format, inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Logger } from "@aws-lambda-powertools/logger";
import { afterEach, describe, expect, it, vi } from "vitest";
import { findSecret, Secret } from "../src/index.ts";

const VALUE = 'pa55 "word" für/alle+?';

describe("whatever prints a secret sees its label", () => {
  const secret = new Secret("database", VALUE);
  const label = "[secret database]";

  it.each<[string, () => unknown, unknown]>([
    ["String()", () => String(secret), label],
    ["a template literal", () => `${secret}`, label],
    ["concatenation", () => `x${secret}`, `x${label}`],
    ["a property key", () => Object.keys({ [secret as never]: 1 })[0], label],
    ["JSON.stringify", () => JSON.stringify({ secret }), `{"secret":"${label}"}`],
    ["util.inspect", () => inspect(secret), label],
    [
      "util.inspect of what holds it",
      () => inspect({ deep: { secret } }),
      `{ deep: { secret: ${label} } }`,
    ],
    [
      "util.format and with it the console",
      () => format("%s %o %j", secret, secret, secret),
      `${label} ${label} "${label}"`,
    ],
    ["a spread", () => ({ ...secret }), { label }],
    ["structuredClone", () => structuredClone(secret), { label }],
    ["Object.entries", () => Object.entries(secret), [["label", label]]],
  ])("%s", (_title, print, seen) => {
    expect(print()).toEqual(seen);
  });

  it("util.inspect with everything turned on", () => {
    const shown = inspect(secret, {
      showHidden: true,
      customInspect: false,
      depth: 20,
      showProxy: true,
      getters: true,
    });
    expect(shown).toContain(label);
    expect(shown).not.toContain("pa55");
  });

  it("Powertools Logger", () => {
    const lines: unknown[] = [];
    const print = (line: unknown): void => {
      lines.push(line);
    };
    vi.stubEnv("POWERTOOLS_DEV", "true");
    const spy = vi.spyOn(console, "info").mockImplementation(print);
    const logger = new Logger();
    logger.appendKeys({ secret });
    logger.info("connected", { password: secret, nested: [secret] });
    spy.mockRestore();
    vi.unstubAllEnvs();
    expect(lines.join()).toContain(label);
    expect(lines.join()).not.toContain("pa55");
  });

  it("an error that holds it", () => {
    expect(inspect(Object.assign(new Error("x"), { secret }))).not.toContain("pa55");
  });

  it("and reveal() alone gives its value", () => {
    expect(secret.reveal()).toBe(VALUE);
  });
});

describe("disposal", () => {
  it("forgets the value", () => {
    const secret = new Secret("database", VALUE);
    secret[Symbol.dispose]();
    expect(() => secret.reveal()).toThrow(new TypeError("[secret database] was disposed."));
    expect(`${secret}`).toBe("[secret database]");
  });

  it("overwrites bytes with zeros at the end of a block, and again is harmless", () => {
    const key = Buffer.from("0123456789abcdef");
    {
      using secret = new Secret("key", key);
      expect(secret.reveal()).toBe(key);
      secret[Symbol.dispose]();
    }
    expect(key).toEqual(Buffer.alloc(16));
  });
});

describe("findSecret", () => {
  const LEAKED = '5w0rd "fish" für/alle+?';
  const lower = (text: string): string => text.toLowerCase();
  const held: Disposable[] = [];
  const hold = <T>(name: string, value: T): Secret<T> => {
    const secret = new Secret(name, value);
    held.push(secret);
    return secret;
  };
  afterEach(() => {
    for (const secret of held.splice(0)) secret[Symbol.dispose]();
  });

  it.each([
    ["as it is", LEAKED],
    ["in base64", Buffer.from(LEAKED).toString("base64")],
    ["in base64 without padding", Buffer.from(LEAKED).toString("base64").replaceAll("=", "")],
    ["in URL-safe base64", Buffer.from(LEAKED).toString("base64url")],
    ["in hex", Buffer.from(LEAKED).toString("hex")],
    ["URL-encoded", encodeURIComponent(LEAKED)],
    ["JSON-escaped", JSON.stringify({ leaked: LEAKED })],
    ["in upper-case hex", Buffer.from(LEAKED).toString("hex").toUpperCase()],
    ["URL-encoded in lower case", encodeURIComponent(LEAKED).replace(/%../g, lower)],
    ["URL-encoded by the letter of RFC 3986", "5w0rd%20%22fish%22%20f%C3%BCr%2Falle%2B%3F"],
    ["in a form", new URLSearchParams({ password: LEAKED }).toString()],
    ["in JSON with escaped slashes", JSON.stringify(LEAKED).replace("/", "\\/")],
    ["in ASCII-only JSON", JSON.stringify(LEAKED).replace("ü", "\\u00fc")],
    ["in ASCII-only JSON in upper case", JSON.stringify(LEAKED).replace("ü", "\\u00FC")],
    [
      "in JSON as PHP writes it",
      JSON.stringify(LEAKED).replace("ü", "\\u00fc").replace("/", "\\/"),
    ],
    ["in JSON in JSON", JSON.stringify(JSON.stringify({ leaked: LEAKED }))],
    [
      "in ASCII-only JSON in JSON",
      JSON.stringify(JSON.stringify({ leaked: LEAKED }).replace("ü", "\\u00fc")),
    ],
    ["in HTML", LEAKED.replaceAll('"', "&quot;")],
    ["in HTML by numbers", LEAKED.replaceAll('"', "&#34;")],
    ["in Basic credentials", Buffer.from(`app:${LEAKED}`).toString("base64")],
    ["in Basic credentials of a longer user", Buffer.from(`admin:${LEAKED}`).toString("base64")],
    ["in base64 of a JSON text", Buffer.from(`{"a":${LEAKED}}`).toString("base64url")],
  ])("recognises a value %s", (_title, text) => {
    hold("database", LEAKED);
    expect(findSecret(`before ${text} after`)).toBe("[secret database]");
  });

  it.each([
    ["HTML, decimal", "it&#39;s &lt;b&gt; &amp; (so)!"],
    ["HTML, padded", "it&#039;s &lt;b&gt; &amp; (so)!"],
    ["HTML, hex", "it&#x27;s &lt;b&gt; &amp; (so)!"],
    ["XML", "it&apos;s &lt;b&gt; &amp; (so)!"],
    ["HTML text", "it's &lt;b&gt; &amp; (so)!"],
    ["a strict URL", "it%27s%20%3Cb%3E%20%26%20%28so%29%21"],
    ["a strict URL in lower case", "it%27s%20%3cb%3e%20%26%20%28so%29%21"],
    ["a form in lower case", "it%27s+%3cb%3e+%26+%28so%29%21"],
  ])("recognises marks in %s", (_title, text) => {
    hold("marks", "it's <b> & (so)!");
    expect(findSecret(`before ${text} after`)).toBe("[secret marks]");
  });

  it("recognises a short secret at each place within base64", () => {
    hold("short", "8letters");
    for (const [before, after] of [
      ["", ""],
      ["a", "z"],
      ["ab", "yz"],
      ["abc", "xyz"],
    ]) {
      const text = Buffer.from(`${before}8letters${after}`).toString("base64");
      expect(findSecret(text)).toBe("[secret short]");
      expect(findSecret(Buffer.from(`${before}8Letters${after}`).toString("base64"))).toBe(
        undefined,
      );
    }
  });

  it("recognises bytes as JSON writes a Buffer", () => {
    const key = Buffer.from("00ff10ee20dd30cc40bb50aa", "hex");
    hold("key", key);
    expect(findSecret(JSON.stringify({ key }))).toBe("[secret key]");
  });

  it("finds nothing in other text, nor when there is no secret", () => {
    expect(findSecret(LEAKED)).toBeUndefined();
    hold("database", LEAKED);
    expect(findSecret(LEAKED.slice(1))).toBeUndefined();
    expect(findSecret("")).toBeUndefined();
  });

  it("finds bytes in their encodings", () => {
    const key = Buffer.from("00ff10ee20dd30cc40bb50aa", "hex");
    hold("key", key);
    expect(findSecret(key.toString("hex"))).toBe("[secret key]");
    expect(findSecret(key.toString("base64"))).toBe("[secret key]");
  });

  it("leaves alone the members that say where and as whom, as in a secret of Amazon RDS", () => {
    using _secret = new Secret("database", {
      engine: "postgres",
      host: "orders.abcdef.eu-west-1.rds.amazonaws.com",
      username: "orders_application",
      password: "correct-horse",
      dbname: "orders_database",
      port: 5432,
      dbInstanceIdentifier: "orders-database-1",
      client_id: "0123456789abcdef",
      url: "postgres://orders:hunter2hunter2@db/orders",
    });
    for (const harmless of [
      "We run on postgres and orders_database.",
      "orders.abcdef.eu-west-1.rds.amazonaws.com",
      "orders_application orders-database-1 0123456789abcdef",
    ]) {
      expect(findSecret(harmless)).toBeUndefined();
    }
    expect(findSecret("it is correct-horse")).toBe("[secret database]");
    expect(findSecret("postgres://orders:hunter2hunter2@db/orders")).toBe("[secret database]");
  });

  it("finds the parts of a structured value, even one that is circular", () => {
    const value: Record<string, unknown> = {
      user: "app",
      nested: [{ password: "hunter2-hunter2" }],
      port: 5432,
      none: null,
    };
    value.self = value;
    hold("connection", value);
    expect(findSecret("hunter2-hunter2")).toBe("[secret connection]");
    expect(findSecret("app 5432")).toBeUndefined();
  });

  it("does not search for values that harmless text may hold", () => {
    hold("pin", "1234567");
    expect(findSecret("1234567 31323334353637 MTIzNDU2Nw")).toBeUndefined();
  });

  it("finds a text that is no well-formed Unicode at least in part of its encodings", () => {
    hold("odd", "hunter2-\ud800-hunter2");
    expect(() => findSecret("x")).not.toThrow();
  });

  it("knows secrets that come and go after the first search", () => {
    const first = hold("first", "first-secret-value");
    expect(findSecret("second-secret-value")).toBeUndefined();
    hold("second", "second-secret-value");
    expect(findSecret("second-secret-value")).toBe("[secret second]");
    first[Symbol.dispose]();
    expect(findSecret("first-secret-value")).toBeUndefined();
  });

  it("knows the secrets of another copy of the package", async () => {
    vi.resetModules();
    const copy = await import("../src/secret.ts");
    expect(copy.Secret).not.toBe(Secret);
    using _secret = new copy.Secret("other", "other-secret-value");
    expect(findSecret("other-secret-value")).toBe("[secret other]");
  });
});

describe("a secret that nobody holds any more", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");

  it("is collected, and what was known of it with it", async () => {
    const { live } = (globalThis as never)[Symbol.for("middy-hardening.secrets") as never] as {
      live: Set<unknown>;
    };
    const before = live.size;
    (() => {
      for (let index = 0; index < 100; index++) {
        new Secret("lost", `lost-secret-value-${index}`);
      }
      expect(findSecret("lost-secret-value-7")).toBe("[secret lost]");
    })();
    expect(live.size).toBe(before + 100);

    // Weak references keep their targets until the current job has ended.
    await setImmediate();
    collectGarbage();
    expect(findSecret("lost-secret-value-7")).toBeUndefined();
    // Nor is it known when another one goes before the collector has told of it.
    new Secret("other", "other-secret-value")[Symbol.dispose]();
    expect(findSecret("lost-secret-value-7")).toBeUndefined();
    await vi.waitFor(() => expect(live.size).toBe(before));
  });
});
