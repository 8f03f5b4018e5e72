/**
 * Runs functions as Lambda does: bundled as for deployment, in processes of their own under AWS's
 * runtime interface client, behind its runtime interface emulator or, without one, the Runtime API of
 * `testing`. What their invokers receive, and what goes to their logs, must tell nothing of the inside.
 *
 * Wants the packages built, and Node 22 in the environment variable `NODE_22`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VARIANTS } from "./runtime/bundle.ts";
import { startExampleClouds } from "./runtime/example-clouds.ts";
import { runExamples } from "./runtime/example-runs.ts";
import { runFixture } from "./runtime/fixture-runs.ts";
import { Report } from "./runtime/report.ts";
import { installEmulator, installRuntimeClient } from "./runtime/runtime-client.ts";

const { NODE_22 } = process.env;
if (NODE_22 === undefined) throw new Error("NODE_22 is not set; run `npm run test:runtime`.");

const root = dirname(import.meta.dirname);
const client = installRuntimeClient();
const emulator = installEmulator();
console.log(
  "missing" in emulator
    ? `runtime: behind the Runtime API of @middy-hardening/testing in place of AWS's runtime interface emulator (${emulator.missing})`
    : "runtime: behind AWS's runtime interface emulator; streams, and many at the same time, behind the Runtime API of @middy-hardening/testing",
);

const outside = mkdtempSync(join(tmpdir(), "middy-hardening-runtime-"));
const examples = join(root, "examples");
let problems = 0;
let passed = 0;
try {
  await using clouds = await startExampleClouds();
  await Promise.all(
    VARIANTS.map(async (variant) => {
      const name = `${variant.target}, AWS SDK ${variant.sdk}`;
      const report = new Report();
      const is22 = variant.target === "node22";
      const run = {
        platform: {
          node: is22 ? NODE_22 : process.execPath,
          nodeMajor: is22 ? 22 : 24,
          client,
          emulator: "program" in emulator ? emulator.program : undefined,
        },
        variant,
        folder: join(outside, `${variant.target}-${variant.sdk}`),
        report,
      };
      try {
        await runFixture({ ...run, example: join(examples, "http-api") });
        await runExamples({ ...run, examples, clouds });
      } catch (error) {
        // The other variants go on, and the last line is a summary all the same.
        report.problems.push(`stopped: ${(error as Error).stack}`);
      }
      for (const problem of report.problems) console.error(`${name}: ${problem}`);
      console.log(`${name}: ${report.passed} passed, ${report.problems.length} failed`);
      problems += report.problems.length;
      passed += report.passed;
    }),
  );
} catch (error) {
  console.error(error);
  problems++;
} finally {
  rmSync(outside, { recursive: true, force: true });
}
console.log(`runtime: ${passed} passed, ${problems} failed`);
process.exitCode = problems === 0 ? 0 : 1;
