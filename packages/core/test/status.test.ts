import { STATUS_CODES } from "node:http";
import { expect, it } from "vitest";
import { statusTitle } from "../src/index.ts";

it.each([
  [400, "Bad Request"],
  [404, "Not Found"],
  [413, "Content Too Large"],
  [422, "Unprocessable Content"],
  [500, "Internal Server Error"],
  [504, "Gateway Timeout"],
])("titles %i as the registry does: %s", (status, title) => {
  expect(statusTitle(status)).toBe(title);
});

it("titles a status that is not registered as the general one of its class", () => {
  expect(statusTitle(418)).toBe("Bad Request");
  expect(statusTitle(499)).toBe("Bad Request");
  expect(statusTitle(599)).toBe("Internal Server Error");
});

it("agrees with Node.js, but for titles that RFC 9110 has changed since", () => {
  const changed = new Set([413, 418, 422, 451, 509]);
  for (const [status, title] of Object.entries(STATUS_CODES)) {
    const code = Number(status);
    if (code < 400 || changed.has(code) || statusTitle(code) === statusTitle(499)) continue;
    if (statusTitle(code) === statusTitle(599)) continue;
    expect(statusTitle(code)).toBe(title);
  }
});
