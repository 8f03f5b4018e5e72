import { describe, expect, it } from "vitest";
import { type CorsOptions, securityHeaders } from "../src/index.ts";

const construct = (options: unknown) => () => securityHeaders(options as never);
const withCors = (cors: unknown) => construct({ cors });

describe("a wrong option is found when the function starts", () => {
  it.each(["a\r\nb", "a\nb", "a\0b", "", " a", "ä", true, 5, null, ["a"]])(
    "a header's value %j",
    (value) => {
      expect(construct({ referrerPolicy: value })).toThrow(
        /^@middy-hardening\/security-headers: option "referrerPolicy" must be a header value of printable ASCII, or false/,
      );
    },
  );

  it("a misspelt option", () => {
    expect(construct({ xFrameOption: "deny" })).toThrow('Did you mean "xFrameOptions"?');
    expect(withCors({ origins: [], credential: true })).toThrow(
      '@middy-hardening/security-headers, cors: unknown option "credential". Did you mean "credentials"?',
    );
  });

  it("options that are no object", () => {
    for (const options of [null, [], "x"]) expect(construct(options)).toThrow(TypeError);
    for (const cors of [null, [], "*", true]) expect(withCors(cors)).toThrow(TypeError);
  });

  it("names that no header can have", () => {
    for (const removeHeaders of [["a b"], [""], ["*"], [5], "server", [null]]) {
      expect(construct({ removeHeaders })).toThrow(
        '"removeHeaders" must be an array of header names',
      );
    }
    for (const name of ["allowedHeaders", "exposedHeaders"]) {
      expect(withCors({ origins: [], [name]: ["*"] })).toThrow("an array of header names");
    }
  });

  it.each([
    "null",
    "*",
    "https://*.example.com",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://app.example.com?x",
    "https://App.example.com",
    "https://app.example.com:443",
    "http://app.example.com:80",
    "https://user@app.example.com",
    "app.example.com",
    "//app.example.com",
    "https:app.example.com",
    "",
    " https://app.example.com",
    "https://app.example.com\n",
    5,
    null,
    /example/,
  ])("%j in the list of origins", (origin) => {
    expect(withCors({ origins: ["https://app.example.com", origin] })).toThrow(
      /^@middy-hardening\/security-headers, cors: option "origins" must be an array of exact origins .*not "null".* or a function, or "\*", but got an array\.$/,
    );
  });

  it("no origins at all", () => {
    for (const cors of [
      {},
      { origins: undefined },
      { origins: null },
      { origins: "https://a.b" },
    ]) {
      expect(withCors(cors)).toThrow('option "origins" must be');
    }
  });

  it("methods that are not in upper case, for browsers compare them exactly", () => {
    for (const method of ["patch", "*", "", "GET,PUT", 5]) {
      expect(withCors({ origins: [], methods: [method] })).toThrow(
        "an array of methods in upper case",
      );
    }
  });

  it("a time that is no number of seconds", () => {
    for (const maxAgeSeconds of [-1, 1.5, "60", Number.NaN]) {
      expect(withCors({ origins: [], maxAgeSeconds })).toThrow("a whole number of seconds");
    }
  });

  it("credentials for everyone", () => {
    expect(withCors({ origins: "*", credentials: true })).toThrow(
      '@middy-hardening/security-headers, cors: "credentials" must not be true with origins "*".',
    );
    expect(withCors({ origins: "*", credentials: false })).not.toThrow();
  });
});

it("accepts every origin that a browser can send", () => {
  const origins: CorsOptions["origins"] = [
    "https://app.example.com",
    "https://app.example.com:8443",
    "http://localhost:3000",
    "http://127.0.0.1:8080",
    "http://[::1]:3000",
    "https://xn--bcher-kva.example",
    "http://app.example.com:443",
    "https://app.example.com:80",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "capacitor://localhost",
  ];
  expect(withCors({ origins })).not.toThrow();
});
