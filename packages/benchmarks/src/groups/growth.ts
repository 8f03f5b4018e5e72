/**
 * How the cost of an invocation grows with what it has to do.
 *
 * @module
 */
import type { Report, Row } from "../harness/report.ts";
import type { GroupSettings } from "../harness/settings.ts";
import { measureStacks } from "../harness/stack-process.ts";
import { fittedExponent } from "../harness/statistics.ts";
import type { WorkloadName } from "../stacks/workloads.ts";

const MAX_EXPONENT = 1.1;

/** The exponent is that of the largest sizes: with the others, what is done once hides what grows. */
const FITTED_SIZES = 3;

const SIZES: Readonly<Record<WorkloadName, readonly number[]>> = {
  "members of a schema": [1, 10, 100, 1000],
  "parts of the request with a schema": [1, 2, 3, 4],
  "security events published": [1, 10, 100, 1000, 10_000],
  "records in a batch": [1, 10, 100, 1000, 10_000],
  "invalid records in a batch": [1, 10, 100, 1000, 10_000],
  secrets: [1, 5, 10, 25, 50],
  "secrets, first invocation": [1, 5, 10, 25, 50],
};

export async function measure(settings: GroupSettings): Promise<Report> {
  const rows: Row[] = [];
  for (const [what, sizes] of Object.entries(SIZES)) {
    rows.push(...(await grow(what, sizes, settings)));
  }
  return { group: "growth: the exponent by which cost grows", rows };
}

async function grow(
  what: string,
  all: readonly number[],
  { effort, isQuick }: GroupSettings,
): Promise<Row[]> {
  const [smallest, largest] = [all[0] as number, all.at(-1) as number];
  const sizes = isQuick ? [smallest, ...all.slice(-FITTED_SIZES)] : all;
  const figures = await measureStacks(
    { ...effort, rounds: Math.ceil(effort.rounds / 2), warmUpMs: effort.warmUpMs / 2 },
    Object.fromEntries(
      sizes.map((size) => [String(size), [`workload:${what}`, String(size)] as const]),
    ),
  );
  const costs = sizes.map((size) => ({ size, cost: figures[String(size)] as number }));
  const most = largest.toLocaleString("en");
  return [
    {
      what: `${what}, up to ${most}: exponent`,
      unit: "exponent",
      ours: fittedExponent(costs.slice(-FITTED_SIZES)),
      budget: MAX_EXPONENT,
    },
    {
      what: `${what}: an invocation with ${most}`,
      unit: "us",
      ours: figures[String(largest)] as number,
      peer: { name: `with ${smallest}`, figure: figures[String(smallest)] as number },
    },
  ];
}
