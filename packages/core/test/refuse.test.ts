import { expect, it } from "vitest";
import { PublicError, refuse } from "../src/index.ts";

const request = { event: {}, context: {} };

function refusal(): PublicError {
  try {
    return refuse(request, {
      statusCode: 413,
      code: "body_too_large",
      detail: "The body has more than 10 bytes.",
      source: "@middy-hardening/test",
      params: ["body"],
    });
  } catch (error) {
    return error as PublicError;
  }
}

it("throws a public error without frames, which would all be of this suite", () => {
  const error = refusal();
  expect(error).toBeInstanceOf(PublicError);
  expect(error).toMatchObject({ statusCode: 413, code: "body_too_large" });
  expect(error.stack).not.toContain("\n");
});

it("leaves the errors of others their frames", () => {
  refusal();
  expect(new Error("of others").stack).toContain("refuse.test");
});

it("refuses as well where nothing of Error can be set", () => {
  const descriptor = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
  Object.defineProperty(Error, "stackTraceLimit", { value: 10, writable: false });
  try {
    expect(refusal()).toMatchObject({ statusCode: 413 });
  } finally {
    Object.defineProperty(Error, "stackTraceLimit", descriptor as PropertyDescriptor);
  }
});
