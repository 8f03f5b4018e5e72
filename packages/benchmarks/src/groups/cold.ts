/**
 * The first request of an environment: a fresh process imports a bundle and answers.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLocalAws } from "@middy-hardening/testing";
import { bundleStack } from "../harness/bundle.ts";
import { LAMBDA_ENVIRONMENT } from "../harness/lambda-environment.ts";
import type { Report, Row } from "../harness/report.ts";
import { contexts, eventsOf } from "../harness/scenarios.ts";
import type { GroupSettings } from "../harness/settings.ts";
import { median } from "../harness/statistics.ts";

const STACKS = [
  "bare",
  "middy-alone",
  "hand-written",
  "official",
  "official-powertools",
  "parser-official",
  "harden-quiet",
  "harden",
  "harden-powertools",
  "harden-zod",
  "harden-valibot",
  "harden-everything",
  "bare-secrets",
  "harden-secrets",
] as const;

type Stack = (typeof STACKS)[number];

/** Measures from before the import to the answer, and tells that on the last line. */
const DRIVER = `
const [, , bundle, event, context] = process.argv;
const request = [JSON.parse(event), { ...JSON.parse(context), getRemainingTimeInMillis: () => 30000 }];
const start = performance.now();
const { handler } = await import(bundle);
const { statusCode } = await handler(...request);
const ms = performance.now() - start;
process.stdout.write("\\n" + JSON.stringify({ statusCode, ms }) + "\\n", () => process.exit());
`;

export async function measure({ isQuick }: GroupSettings): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "middy-hardening-cold-"));
  try {
    await using aws = await startLocalAws({
      secrets: { "prod/api-key": "key" },
      keys: ["alias/orders"],
    });
    const DB_PASSWORD = await aws.encrypt("alias/orders", "password");
    const env = { ...process.env, ...LAMBDA_ENVIRONMENT, ...aws.environment, DB_PASSWORD };
    writeFileSync(join(folder, "driver.mjs"), DRIVER);
    for (const stack of STACKS) {
      writeFileSync(join(folder, `${stack}.mjs`), (await bundleStack(stack)).code);
    }
    const figures = new Map<Stack, number[]>(STACKS.map((stack) => [stack, []]));
    // The first round is for the disk.
    for (let round = -1; round < (isQuick ? 5 : 25); round++) {
      for (const [stack, times] of figures) {
        const ms = await coldStart(folder, stack, env);
        if (round >= 0) times.push(ms);
      }
    }
    return reportOf((stack) => median(figures.get(stack) ?? []));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function coldStart(folder: string, stack: Stack, env: NodeJS.ProcessEnv): Promise<number> {
  const event = JSON.stringify(eventsOf("valid")());
  const context = JSON.stringify(contexts()());
  const bundle = join(folder, `${stack}.mjs`);
  const child = spawn(process.execPath, [join(folder, "driver.mjs"), bundle, event, context], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout) output += chunk;
  const { statusCode, ms } = JSON.parse(output.trimEnd().split("\n").at(-1) ?? "{}");
  if (statusCode !== 201) throw new Error(`The stack "${stack}" answered ${statusCode}: ${output}`);
  return ms;
}

function reportOf(ms: (stack: Stack) => number): Report {
  const row = (what: string, ours: Stack, peer: Stack, peerName: string, budget?: number): Row => ({
    what: `first request: ${what}`,
    unit: "ms",
    ours: ms(ours),
    peer: { name: peerName, figure: ms(peer) },
    floor: ms("bare"),
    budget,
  });
  const powertools = ["official-powertools", "official + Powertools"] as const;
  const rows = [
    row("harden()", "harden", ...powertools, 0.5),
    row("harden(), Logger and Metrics", "harden-powertools", ...powertools, 0.5),
    row("harden() with zod", "harden-zod", ...powertools),
    row("harden() with valibot", "harden-valibot", ...powertools),
    row("harden(), everything", "harden-everything", ...powertools),
    row("harden(), no log", "harden-quiet", "official", "official stack"),
    row("harden()", "harden", "hand-written", "hand-written"),
    row("harden()", "harden", "middy-alone", "Middy alone"),
    row("harden()", "harden", "parser-official", "Parser + official"),
    row("harden(), secret and KMS value", "harden-secrets", "bare-secrets", "bare SDK calls", 1.1),
  ];
  return { group: "cold: import and first request of a fresh process", rows };
}
