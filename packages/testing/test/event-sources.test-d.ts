import middy from "@middy/core";
import type { DynamoDBStreamEvent, KinesisStreamEvent, SQSEvent } from "aws-lambda";
import { describe, expectTypeOf, it } from "vitest";
import {
  dynamodbEvent,
  kinesisEvent,
  type SimulatedQueue,
  type SimulatedStream,
  simulatedQueue,
  simulatedStream,
  sqsEvent,
  type Tally,
} from "../src/index.ts";

describe("simulated sources", () => {
  it("take handlers of their events, wrapped by Middy or not", () => {
    expectTypeOf(simulatedQueue()).toEqualTypeOf<SimulatedQueue>();
    expectTypeOf(simulatedStream()).toEqualTypeOf<SimulatedStream>();
    const plain = async ({ Records }: SQSEvent) => Records.length;
    expectTypeOf(simulatedQueue().drain(plain)).toEqualTypeOf<Promise<Tally>>();
    expectTypeOf(simulatedQueue().drain(middy(plain))).toEqualTypeOf<Promise<Tally>>();
    // A validator gives the handler other types than the service.
    const typed = middy<{ Records: { body: { sku: string } }[] }>().handler((event) => event);
    simulatedQueue().drain(typed);
    simulatedStream().drain(async ({ Records }: KinesisStreamEvent) => Records.length);
    // @ts-expect-error: no handler
    simulatedQueue().drain({ handler: plain });
  });

  it("take the options of their own kind", () => {
    simulatedQueue().drain(async () => {}, { maximumConcurrency: 2 });
    // @ts-expect-error: an option of streams
    simulatedQueue().drain(async () => {}, { bisectBatchOnFunctionError: true });
    // @ts-expect-error: an option of queues
    simulatedStream().drain(async () => {}, { maximumConcurrency: 2 });
    // @ts-expect-error: no source of streams
    simulatedStream({ source: "kafka" });
  });

  it("have the event types of @types/aws-lambda", () => {
    expectTypeOf(sqsEvent([{ body: "a" }])).toEqualTypeOf<SQSEvent>();
    expectTypeOf(kinesisEvent([{ data: "a" }])).toEqualTypeOf<KinesisStreamEvent>();
    expectTypeOf(dynamodbEvent([{ keys: { id: 1 } }])).toEqualTypeOf<DynamoDBStreamEvent>();
  });
});
