/**
 * What stays in memory, and what a refusal takes of it.
 *
 * @module
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { LAMBDA_ENVIRONMENT } from "../harness/lambda-environment.ts";
import type { Report, Row } from "../harness/report.ts";
import { SCENARIOS, type ScenarioName } from "../harness/scenarios.ts";
import type { GroupSettings } from "../harness/settings.ts";

const MIB = 1_048_576;

export async function measure({ isQuick }: GroupSettings): Promise<Report> {
  const most = isQuick ? 60_000 : 200_000;
  const rows: Row[] = [];
  const cases = [
    ["harden", "valid"],
    ["harden", "invalid"],
    ["harden-everything", "valid"],
  ] as const;
  for (const [stack, scenario] of isQuick ? cases.slice(0, 2) : cases) {
    const [early = 0, late = 0] = await inWorker(stack, scenario, `10000,${most}`);
    rows.push({
      what: `heap that grows from invocation 10,000 to ${most.toLocaleString("en")}: ${stack}, ${scenario}`,
      unit: "bytes",
      ours: Math.max(0, late - early),
      budget: MIB,
    });
  }
  for (const scenario of ["6 MB, refused", "6 MB of keys, refused"] as const) {
    const refused = await allocatedBy("harden-6-mb", scenario);
    const parsed = await allocatedBy("official", "6 MB, refused");
    const what = `allocated for: ${scenario}`;
    const size = { name: "its size", figure: SCENARIOS[scenario].body.length };
    rows.push(
      // "Nothing of its size": a twentieth is more than the rest of an invocation takes.
      { what, unit: "bytes", ours: refused, peer: size, budget: 0.05 },
      { what, unit: "bytes", ours: refused, peer: { name: "official stack", figure: parsed } },
    );
  }
  return { group: "memory: bytes that stay, and that are allocated", rows };
}

/** Of one invocation, in a process whose young generation is so large that none is collected. */
async function allocatedBy(stack: string, scenario: ScenarioName): Promise<number> {
  const [bytes = Number.NaN] = await inWorker(stack, scenario, "0", [
    "--max-semi-space-size=512",
    "--min-semi-space-size=512",
  ]);
  return bytes;
}

function inWorker(
  stack: string,
  scenario: ScenarioName,
  counts: string,
  flags: readonly string[] = [],
): Promise<number[]> {
  const worker = fileURLToPath(new URL("../harness/memory-worker.ts", import.meta.url));
  const child = fork(worker, [stack, scenario, counts], {
    env: { ...process.env, ...LAMBDA_ENVIRONMENT },
    execArgv: [...process.execArgv, ...flags],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  child.on("message", (figures) => resolve(figures as number[]));
  child.on("close", (code) => reject(new Error(`The stack "${stack}" ended with ${code}.`)));
  return promise;
}
