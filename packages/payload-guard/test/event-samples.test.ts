/** Real events of every trigger, with the defaults. */
import { globSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import middy from "@middy/core";
import { captureSecurityEvents, invoke } from "@middy-hardening/testing";
import { expect, it } from "vitest";
import { payloadGuard, responseGuard } from "../src/index.ts";

const folder = resolve(import.meta.dirname, "../../../../shared/events");
const samples = globSync(`${folder}/*/*.json`).sort();

it("knows where the samples are, or says that it has none", () => {
  if (samples.length === 0) {
    process.stdout.write(`Skipped: there are no event samples in ${folder}.\n`);
  }
  expect(samples.length).not.toBe(1);
});

it.each(samples.map((path) => [relative(folder, path), path]))(
  "passes %s as it is",
  async (name, path) => {
    const text = readFileSync(path, "utf8");
    let received: unknown;
    const handler = middy()
      .use(responseGuard())
      // Some samples of HTTP have a body that is plain text, or without a type.
      .use(payloadGuard({ contentTypes: "any" }))
      .handler(async (event: unknown) => {
        received = event;
        return { statusCode: 200, body: "{}" };
      });
    using captured = captureSecurityEvents();
    const { result, error } = await invoke(handler, text);

    expect(error, name).toBeUndefined();
    expect(result).toEqual({ statusCode: 200, body: "{}" });
    expect(received).toEqual(JSON.parse(text));
    expect(captured.events).toEqual([]);
  },
);
