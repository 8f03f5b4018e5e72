/**
 * One request through a warm function.
 *
 * @module
 */
import type { Effort } from "../harness/interleave.ts";
import type { Report, Row } from "../harness/report.ts";
import type { ScenarioName } from "../harness/scenarios.ts";
import type { GroupSettings } from "../harness/settings.ts";
import { type Contestant, measureStacks } from "../harness/stack-process.ts";
import type { Alone } from "../stacks/alone.ts";

const MIDDLEWARES: readonly Alone[] = [
  "error-sanitizer",
  "security-logger",
  "response-guard",
  "security-headers",
  "timeout-guard",
  "payload-guard",
  "secrets-loader",
  "input-validator",
  "kms-decryptor",
];

/** What an attacker may send that is of the size of the valid order. */
const ATTACKS: readonly ScenarioName[] = [
  "invalid",
  "all items invalid",
  "unknown keys",
  "forbidden name",
  "malformed",
  "nested deeply",
  "another type",
];

/** However few rounds there are: what is not compiled yet says nothing of what is warm. */
const WARM_UP_MS = 1_500;

export async function measure({ effort: given, isQuick }: GroupSettings): Promise<Report> {
  const effort = { ...given, warmUpMs: WARM_UP_MS };
  const valid = await measureStacks(effort, {
    bare: ["bare", "valid"],
    middy: ["middy-alone", "valid"],
    handWritten: ["hand-written", "valid"],
    official: ["official", "valid"],
    officialPowertools: ["official-powertools", "valid"],
    parser: ["parser-official", "valid"],
    quiet: ["harden-quiet", "valid"],
    logging: ["harden", "valid"],
    given: ["harden-powertools", "valid"],
    everything: ["harden-everything", "valid"],
  });
  const floor = valid.bare;
  const unit = "us";
  const official = { name: "official stack", figure: valid.official };
  const handWritten = { name: "hand-written", figure: valid.handWritten };
  const powertools = { name: "official + Powertools", figure: valid.officialPowertools };
  const parser = { name: "Parser + official", figure: valid.parser };
  const rows: Row[] = [
    {
      what: "valid: harden(), no log",
      ours: valid.quiet,
      peer: official,
      floor,
      unit,
      budget: 0.5,
    },
    {
      what: "valid: harden(), no log",
      ours: valid.quiet,
      peer: handWritten,
      floor,
      unit,
      budget: 1.35,
    },
    { what: "valid: harden(), no log", ours: valid.quiet, peer: parser, floor, unit },
    { what: "valid: harden()", ours: valid.logging, peer: powertools, floor, unit, budget: 0.6 },
    {
      what: "valid: harden(), Logger and Metrics",
      ours: valid.given,
      peer: powertools,
      floor,
      unit,
      budget: 0.6,
    },
    { what: "valid: harden()", ours: valid.logging, peer: official, floor, unit },
    { what: "valid: harden()", ours: valid.logging, peer: handWritten, floor, unit },
    { what: "valid: everything", ours: valid.everything, peer: powertools, floor, unit },
  ];
  if (!isQuick) rows.push(...(await middlewares(effort, floor)), ...(await failures(effort)));
  rows.push(...(await attacks(effort, "harden-quiet", "no log", ATTACKS)));
  if (!isQuick) rows.push(...(await attacks(effort, "harden", "logging", ATTACKS)));
  return { group: "warm: one request through a warm function", rows };
}

/** Each middleware alone, beside Middy without any. */
async function middlewares(effort: Effort, floor: number): Promise<Row[]> {
  const contestants: Record<string, Contestant> = { middy: ["middy-alone", "valid"] };
  for (const name of MIDDLEWARES) contestants[name] = [name, "valid"];
  const figures = await measureStacks(effort, contestants);
  const peer = { name: "Middy alone", figure: figures.middy as number };
  return MIDDLEWARES.map((name) => {
    const ours = figures[name] as number;
    return { what: `valid: ${name} alone`, ours, peer, floor, unit: "us" };
  });
}

/** What is answered with an error, beside the peers. */
async function failures(effort: Effort): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scenario of ["invalid", "thrown"] as const) {
    const { official, handWritten, powertools, quiet, logging } = await measureStacks(effort, {
      official: ["official", scenario],
      handWritten: ["hand-written", scenario],
      powertools: ["official-powertools", scenario],
      quiet: ["harden-quiet", scenario],
      logging: ["harden", scenario],
    });
    const what = `${scenario}: harden()`;
    const unit = "us";
    rows.push(
      {
        what: `${what}, no log`,
        ours: quiet,
        peer: { name: "official stack", figure: official },
        unit,
      },
      {
        what: `${what}, no log`,
        ours: quiet,
        peer: { name: "hand-written", figure: handWritten },
        unit,
      },
      { what, ours: logging, peer: { name: "official + Powertools", figure: powertools }, unit },
    );
  }
  return rows;
}

/** Each attack beside a valid request of its size, through the same stack. */
async function attacks(
  effort: Effort,
  stack: "harden" | "harden-quiet",
  label: string,
  scenarios: readonly ScenarioName[],
): Promise<Row[]> {
  const contestants: Record<string, Contestant> = { served: [stack, "valid"] };
  for (const attack of scenarios) contestants[attack] = [stack, attack];
  const figures = await measureStacks(effort, contestants);
  const served = { name: "valid, same size", figure: figures.served as number };
  const rows = scenarios.map(
    (attack): Row => ({
      what: `refused (${label}): ${attack}`,
      ours: figures[attack] as number,
      peer: served,
      unit: "us",
      budget: 1,
    }),
  );
  const large = await measureStacks(effort, {
    refused: [stack, "large, refused"],
    served: ["harden-large", "large, served"],
    official: ["official", "large, served"],
  });
  const what = `refused (${label}): 2 MB`;
  const { refused: ours } = large;
  rows.push(
    { what, ours, peer: { name: "valid, same size", figure: large.served }, unit: "us", budget: 1 },
    { what, ours, peer: { name: "official stack, served", figure: large.official }, unit: "us" },
  );
  return rows;
}
