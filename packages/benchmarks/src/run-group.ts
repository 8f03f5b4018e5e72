/**
 * The process of one group, apart from the others: `run-group.ts NAME`, with a channel to its parent.
 *
 * @module
 */
import type { Report } from "./harness/report.ts";
import { type GroupSettings, settingsOf } from "./harness/settings.ts";

const [, , name, pace] = process.argv;
const group = (await import(`./groups/${name}.ts`)) as {
  measure(settings: GroupSettings): Promise<Report>;
};
const report = await group.measure(settingsOf(pace === "quick"));
process.send?.(report, () => {
  process.exit();
});
