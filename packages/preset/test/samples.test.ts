/** Events as AWS delivers them, through the whole suite with its defaults. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import middy from "@middy/core";
import { captureOutput, captureSecurityEvents, invoke } from "@middy-hardening/testing";
import { describe, expect, test } from "vitest";
import { harden } from "../src/index.ts";

const folder = fileURLToPath(new URL("../../../../shared/events/", import.meta.url));
const isThere = existsSync(folder);

describe.skipIf(!isThere)(
  `real event samples${isThere ? "" : " (skipped: ../shared/events is not there)"}`,
  () => {
    test.each(globSync("**/*.json", { cwd: folder }).toSorted())(
      "%s reaches the handler as it came",
      async (file) => {
        const sample: unknown = JSON.parse(readFileSync(folder + file, "utf8"));
        let received: unknown;
        const handler = middy()
          .use(harden({ payloadGuard: { contentTypes: "any" } }))
          .handler((event) => {
            received = event;
            return { statusCode: 200, body: "{}" };
          });
        using output = captureOutput();
        using security = captureSecurityEvents();
        const { error, result } = await invoke(handler, sample);
        expect(error).toBeUndefined();
        expect(result).toMatchObject({ statusCode: 200 });
        expect(received).toEqual(sample);
        expect(security.events).toEqual([]);
        const line = output.records.find(({ message }) => message === "Invocation");
        expect(line).toMatchObject({ outcome: "served" });
      },
    );
  },
);
