/**
 * Telling what is still to be told when the process ends by itself: after an error that nobody
 * caught, at `process.exit()`. When Lambda freezes an environment and never thaws it, nothing can.
 *
 * @module
 */
import type { SecurityLog } from "./security-log.ts";

const logs = new Set<SecurityLog>();

/** Lets a log tell its last when the process ends. */
export function tellAtExit(log: SecurityLog): void {
  if (logs.size === 0) process.on("exit", tellAll);
  logs.add(log);
}

function tellAll(): void {
  for (const log of logs) log.end();
}
