import assert from "node:assert/strict";
import { httpAnswer, httpEvent, invoke } from "@middy-hardening/testing";

const outcome = await invoke(
  async (event: { rawPath: string }) => ({ statusCode: 200, body: event.rawPath }),
  httpEvent("api-gateway-http", { path: "/orders" }),
);
assert.equal(httpAnswer("api-gateway-http", outcome).body.toString(), "/orders");
