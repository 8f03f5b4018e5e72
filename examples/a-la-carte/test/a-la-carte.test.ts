import { captureSecurityEvents, httpAnswer, httpEvent, invoke } from "@middy-hardening/testing";
import { describe, expect, test } from "vitest";
import { handler } from "../src/handler.ts";

async function post(body: string | object, method = "POST") {
  using security = captureSecurityEvents();
  const event = httpEvent("api-gateway-http", {
    method,
    path: "/notes",
    headers: { "Content-Type": "application/json" },
    body,
  });
  const answer = httpAnswer("api-gateway-http", await invoke(handler, event));
  return {
    status: answer.status,
    text: answer.body.toString(),
    events: security.events.map(({ name }) => name),
  };
}

test("takes a note as it did before", async () => {
  const answer = await post({ title: "Tea", text: "Buy some." });
  expect(answer).toMatchObject({ status: 201, events: [] });
  expect(JSON.parse(answer.text)).toEqual({ number: 1 });
});

describe("what the added line stops, answered by the error handler that was there", () => {
  test.each<[string, string | object, number]>([
    ["a body of 17 KB", { title: "Tea", text: "x".repeat(17_000) }, 413],
    ["a body that is nested 100,000 deep", "[".repeat(100_000) + "]".repeat(100_000), 413],
    ["a body that is nested 5 deep", [[[[[]]]]], 400],
  ])("%s", async (_title, body, status) => {
    const refused = await post(body);
    expect(refused.status).toBe(status);
    expect(refused.events).toEqual(["input_validation_fail"]);
  });

  test("a method that the function does not answer", async () => {
    expect(await post({ title: "Tea" }, "DELETE")).toMatchObject({ status: 405 });
  });
});
