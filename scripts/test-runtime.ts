/**
 * Runs functions as Lambda does: bundled as for deployment, in processes of their own under AWS's
 * runtime interface client, behind its runtime interface emulator or, without one, the stand-in that
 * `testing` has. What their invokers receive, and what goes to their logs, must tell nothing of the inside.
 *
 * Wants the packages built, and Node 22 in the environment variable `NODE_22`.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { hasManagedInstances } from "./runtime/behind-emulator.ts";
import { VARIANTS } from "./runtime/bundle.ts";
import { installEmulator } from "./runtime/emulator.ts";
import { startExampleClouds } from "./runtime/example-clouds.ts";
import { runExamples } from "./runtime/example-runs.ts";
import { runFixture } from "./runtime/fixture-runs.ts";
import { Results } from "./runtime/report.ts";
import { installRuntimeClient } from "./runtime/runtime-client.ts";

const { NODE_22 } = process.env;
if (NODE_22 === undefined) throw new Error("NODE_22 is not set; run `npm run test:runtime`.");

const root = dirname(import.meta.dirname);
const outside = mkdtempSync(join(tmpdir(), "middy-hardening-runtime-"));
// On Managed Instances, functions run as a user of their own.
chmodSync(outside, 0o755);
const examples = join(root, "examples");

const client = installRuntimeClient();
const installed = installEmulator();
const emulator = "program" in installed ? installed.program : undefined;
const managed =
  emulator !== undefined &&
  [NODE_22, process.execPath].every((node) => hasManagedInstances(node, client, outside));
console.log(`runtime: ${serversInWords()}`);

const passed = { emulator: 0, "stand-in": 0 };
let failed = 0;
try {
  await using clouds = await startExampleClouds();
  await Promise.all(
    VARIANTS.map(async (variant) => {
      const name = `${variant.target}, AWS SDK ${variant.sdk}`;
      const results = new Results();
      const is22 = variant.target === "node22";
      const platform = {
        node: is22 ? NODE_22 : process.execPath,
        nodeMajor: is22 ? 22 : 24,
        client,
        emulator,
        hasManagedInstances: managed,
      };
      const folder = join(outside, `${variant.target}-${variant.sdk}`);
      const run = { platform, variant, folder, results };
      const fixture = { ...run, example: join(examples, "http-api") };
      try {
        await runFixture(fixture);
        await runExamples({ ...run, examples, clouds });
        // The stand-in is as good as it agrees with the emulator.
        if (emulator !== undefined && variant === VARIANTS.at(-1)) {
          const standIn = { ...platform, emulator: undefined, hasManagedInstances: false };
          await runFixture({ ...fixture, platform: standIn });
        }
      } catch (error) {
        // The other variants go on, and the last line is a summary all the same.
        results.problems.push(`stopped: ${(error as Error).stack}`);
      }
      for (const problem of results.problems) console.error(`${name}: ${problem}`);
      const sum = results.passed.emulator + results.passed["stand-in"];
      console.log(`${name}: ${sum} passed, ${results.problems.length} failed`);
      failed += results.problems.length;
      passed.emulator += results.passed.emulator;
      passed["stand-in"] += results.passed["stand-in"];
    }),
  );
} catch (error) {
  console.error(error);
  failed++;
} finally {
  rmSync(outside, { recursive: true, force: true });
}
console.log(
  `runtime: ${passed.emulator + passed["stand-in"]} passed (${passed.emulator} behind the emulator, ${passed["stand-in"]} behind the stand-in), ${failed} failed`,
);
process.exitCode = failed === 0 ? 0 : 1;

function serversInWords(): string {
  if ("missing" in installed) {
    return `all behind the stand-in, the Runtime API of @middy-hardening/testing (no emulator: ${installed.missing})`;
  }
  const behind = `behind AWS's runtime interface emulator (${installed.origin})`;
  return managed
    ? `${behind}; streams one after another, and the faults once more, behind the stand-in, as is one of ten at once that never returns (the emulator's deadline is wrong there)`
    : `${behind}; streams one after another, ten at the same time (for which the emulator wants Linux and root), and the faults once more, behind the stand-in`;
}
