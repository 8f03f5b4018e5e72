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
  const stream = level === "info" ? process.stdout : process.stderr;
  stream.write(`${line}\n`, (error) => {
    if (error) outlive(stream);
  });
}

/** An error of the stream comes next, and would end the process if nobody listened. */
function outlive(stream: Writable): void {
  if (stream.listenerCount("error") === 0) stream.once("error", ignore);
}
