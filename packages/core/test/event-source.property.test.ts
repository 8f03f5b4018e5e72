import fc from "fast-check";
import { expect, it } from "vitest";
import { eventSourceOf } from "../src/index.ts";

/** The fields that the decision reads, with any JSON in them. */
const forgedEvent = fc.dictionary(
  fc.constantFrom(
    "Records",
    "records",
    "requestContext",
    "version",
    "type",
    "headers",
    "httpMethod",
    "path",
    "rawPath",
    "raw_path",
    "method",
    "eventSource",
    "info",
    "awslogs",
    "detail-type",
    "source",
    "detail",
    "userPoolId",
    "triggerSource",
    "request",
    "__proto__",
  ),
  fc.oneof(
    fc.jsonValue(),
    fc.array(fc.jsonValue()),
    fc.constantFrom("2.0", "REQUEST", "aws:kafka"),
  ),
);

it("names a source for any JSON", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), forgedEvent, fc.array(forgedEvent)), (event) => {
      expect(eventSourceOf(event)).toMatch(/^[a-z0-9-]+$/);
    }),
  );
});

it("does not follow what an event inherits", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const event = JSON.parse(`{"__proto__":{"Records":${JSON.stringify(value)}}}`);
      expect(eventSourceOf(event)).toBe("direct");
    }),
  );
});
