import type { DurableContext } from "@aws/durable-execution-sdk-js";
import middy from "@middy/core";
import { executionModeDurableContext } from "@middy/core/executionModeDurableContext";
import { type Deadline, timeoutGuard } from "@middy-hardening/timeout-guard";
import { expectTypeOf, it } from "vitest";
import * as z from "zod/mini";
import { harden } from "../src/index.ts";

interface Order {
  readonly sku: string;
}

it("leaves the operations of a durable context to the handler", () => {
  const deadline = timeoutGuard();
  middy<Order, unknown, Error, DurableContext>(deadline.pluginFor(executionModeDurableContext))
    .use(harden({ timeoutGuard: deadline }))
    .handler(async (event, context) => {
      expectTypeOf(event.sku).toEqualTypeOf<string>();
      expectTypeOf(context.deadline).toEqualTypeOf<Deadline>();
      expectTypeOf(context.awsRequestId).toEqualTypeOf<string>();
      expectTypeOf(await context.step("charge", async () => 1)).toEqualTypeOf<number>();
      await context.wait({ minutes: 5 });
    });
});

it("types a validated event", () => {
  middy<unknown, unknown, Error, DurableContext>({ executionMode: executionModeDurableContext })
    .use(harden({ event: z.strictObject({ sku: z.string() }) }))
    .handler(async ({ sku }, context) => {
      expectTypeOf(sku).toEqualTypeOf<string>();
      expectTypeOf(await context.step("charge", async () => sku)).toEqualTypeOf<string>();
    });
});
