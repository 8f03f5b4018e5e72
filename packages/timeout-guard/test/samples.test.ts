import { existsSync, globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import middy from "@middy/core";
import { eventSourceOf, isHttpSource, isRecordSource, recordsOf } from "@middy-hardening/core";
import { invoke } from "@middy-hardening/testing";
import { forEachRecord, timeoutGuard } from "@middy-hardening/timeout-guard";
import type { Context } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { hang, invokeFor, useFakeTime } from "./support.ts";

const folder = resolve(import.meta.dirname, "../../../../shared/events");
const hasSamples = existsSync(folder);
const samples = globSync("**/*.json", { cwd: folder }).map((name) => {
  const event: unknown = JSON.parse(readFileSync(resolve(folder, name), "utf8"));
  return { name, event, source: eventSourceOf(event) };
});
const reason = hasSamples ? "" : " (skipped: ../shared/events is not there)";

describe.skipIf(!hasSamples)(`real event samples${reason}`, () => {
  it.each(samples)("$name is answered in time", async ({ event, source }) => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(hang, deadline.plugin).use(deadline);
    const { result, error } = await invokeFor(handler, event);
    const isHttp = isHttpSource(source) || /websocket|lattice/.test(source);
    if (isHttp) expect(result).toMatchObject({ statusCode: 503 });
    else expect(error).toMatchObject({ errorType: "DeadlineExceeded", trace: [""] });
  });

  const batches = samples.filter(({ source }) => isRecordSource(source) && source !== "firehose");
  it.each(batches)("$name is done record by record", async ({ event, source }) => {
    if (!isRecordSource(source)) return;
    const seen: unknown[] = [];
    const handler = (received: object, context: Context) =>
      forEachRecord(received, context, (record) => seen.push(record));
    const { result } = await invoke(handler, event);
    expect(result).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual(recordsOf(event as object, source).map(({ fields }) => fields));
  });
});
