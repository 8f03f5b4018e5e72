import { expect, it } from "vitest";
import { isRefusal, PublicError, refusalOf, refuse, withoutFrames } from "../src/index.ts";

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

it("gives what it would throw to code that throws it itself", () => {
  const given = refusalOf(request, {
    statusCode: 413,
    code: "body_too_large",
    detail: "The body has more than 10 bytes.",
    source: "@middy-hardening/test",
    params: ["body"],
    cause: "the log reads it",
  });
  expect(given).toMatchObject({ ...refusal(), cause: "the log reads it" });
  // What only the security event is made of is no part of it.
  expect(Object.keys(given)).not.toContain("params");
});

it("gives their frames back to errors when what it runs throws", () => {
  const { stackTraceLimit } = Error;
  const parse = () => withoutFrames(() => JSON.parse("{"));
  expect(parse).toThrow(SyntaxError);
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});

it("is remembered with the Middy request that it refuses, and with no other", () => {
  const middyRequest = { event: {}, context: {}, internal: {} };
  const given = refusalOf(middyRequest, {
    statusCode: 413,
    code: "body_too_large",
    detail: "The body has more than 10 bytes.",
    source: "@middy-hardening/test",
    params: ["body"],
  });
  expect(isRefusal(middyRequest, given)).toBe(true);
  expect(isRefusal(middyRequest, refusal())).toBe(false);
  expect(isRefusal({ ...request, internal: {} }, given)).toBe(false);
  expect(isRefusal({ ...request, internal: {} }, undefined)).toBe(false);
});
