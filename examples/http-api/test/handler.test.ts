import { captureOutput, httpAnswer, httpEvent, invoke } from "@middy-hardening/testing";
import { afterAll, expect, test } from "vitest";
import { startLocalCloud } from "../src/local-cloud.ts";

const cloud = await startLocalCloud();
const { handler } = await import("../src/handler.ts");
afterAll(() => cloud.close());

const items = [{ sku: "TEA-001", quantity: 2 }];

async function call(request: Parameters<typeof httpEvent>[1]) {
  using output = captureOutput();
  const outcome = await invoke(handler, httpEvent("api-gateway-http", request));
  const { status, body } = httpAnswer("api-gateway-http", outcome);
  return { status, content: JSON.parse(body.toString()) as object, log: output.text };
}

test("places an order and gives it back", async () => {
  const placed = await call({ method: "POST", path: "/orders", body: { customer: "Ada", items } });
  expect(placed).toMatchObject({ status: 201, content: { customer: "Ada", items, total: 9.8 } });

  const { id } = placed.content as { id: string };
  const fetched = await call({ path: `/orders/${id}` });
  expect(fetched).toMatchObject({ status: 200, content: { id, customer: "Ada" } });
});

test("lists orders by status", async () => {
  const { content } = await call({ path: "/orders?status=shipped" });
  expect(content).toEqual({ orders: [{ id: "ORD-000002", status: "shipped" }] });
});

test("tells what is wrong with an order, by pointer", async () => {
  const body = { customer: "Ada", items: [{ sku: "TEA-001", quantity: 0 }] };
  const refused = await call({ method: "POST", path: "/orders", body });
  expect(refused).toMatchObject({
    status: 422,
    content: { errors: [{ pointer: "#/items/0/quantity" }] },
  });
});

test("keeps a database's failure to itself, password and all", async () => {
  const failed = await call({ path: "/orders/ORD-000503" });
  expect(failed).toMatchObject({ status: 500, content: { code: "internal_server_error" } });
  expect(JSON.stringify(failed.content) + failed.log).not.toContain("Pa55word");
});

test("answers a route that it does not have with 404", async () => {
  expect(await call({ path: "/admin" })).toMatchObject({
    status: 404,
    content: { code: "route_not_found" },
  });
});
