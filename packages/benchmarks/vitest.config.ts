import { mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

/** The groups are measured, not tested: what they measure with is tested. */
const measuredWith = [
  "src/harness/statistics.ts",
  "src/harness/report.ts",
  "src/harness/interleave.ts",
  "src/harness/limits.ts",
  "src/harness/markdown.ts",
  "src/harness/limits.ts",
  "src/harness/markdown.ts",
  "src/harness/cpu-time.ts",
];

export default mergeConfig(
  { ...shared, test: { ...shared.test, coverage: { ...shared.test?.coverage, include: [] } } },
  { test: { coverage: { include: measuredWith } } },
);
