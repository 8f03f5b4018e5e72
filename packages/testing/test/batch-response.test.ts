import { describe, expect, it } from "vitest";
import { reportedFailures } from "../src/event-sources/batch-response.ts";

const ids = ["1", "2", "3"];
const failures = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe("Lambda takes a batch for", () => {
  it.each([
    ["no answer", null],
    ["an empty answer", {}],
    ["no list", { batchItemFailures: null }],
    ["an empty list", { batchItemFailures: [] }],
    ["an answer that is not for it", { statusCode: 500, body: "Internal Server Error" }],
  ])("done, given %s", (_title, result) => {
    expect(reportedFailures(result, ids)).toEqual([]);
  });

  it("done but for what is reported, however often", () => {
    expect(reportedFailures(failures("3", "1", "3"), ids)).toEqual(["3", "1"]);
  });

  it.each([
    ["an empty identifier", failures("2", "")],
    ["null", failures(null)],
    ["an identifier of another batch", failures("2", "4")],
    ["an identifier that is no text", failures(2)],
    ["another name", { batchItemFailures: [{ messageId: "2" }] }],
    ["identifiers alone", { batchItemFailures: ["2"] }],
    ["nothing in the list", { batchItemFailures: [null] }],
    ["no list", { batchItemFailures: { itemIdentifier: "2" } }],
    ["a text", "ok"],
    ["true", true],
    ["a list", [failures("2")]],
  ])("failed, given %s", (_title, result) => {
    expect(reportedFailures(result, ids)).toBeUndefined();
  });
});
