/**
 * Writing lines where Powertools writes them.
 *
 * @module
 */
import type { Writable } from "node:stream";

/** The level of a line, by the method of a Logger that prints it. */
export type LineLevel = "info" | "warn" | "error" | "critical";

const ignore = (): void => {};

/**
 * To the stream itself, which no one has put a prefix to, as the runtime has to the global console. A
 * `Console` of its own, as Powertools has it, would take 1 us a line, and a cold start a millisecond for
 * the one of the two streams that is not needed.
 */
export function writeLine(level: LineLevel, line: string): void {
  if (level === "info") process.stdout.write(`${line}\n`, afterOutput);
  else process.stderr.write(`${line}\n`, afterError);
}

const afterOutput = (error?: Error | null): void => outlive(error, process.stdout);
const afterError = (error?: Error | null): void => outlive(error, process.stderr);

/** An error of the stream comes next, and would end the process if nobody listened. */
function outlive(error: Error | null | undefined, stream: Writable): void {
  if (error && stream.listenerCount("error") === 0) stream.once("error", ignore);
}
