/**
 * What a reader of the hardened twin's log sees: the lines that tell most, as they were printed.
 */
import type { Observer } from "./observe.ts";

type Message = "Security event" | "Invocation";

/** The lines to show, by the request that they belong to. */
const TELLING: readonly (readonly [request: string, message: Message])[] = [
  ["place an order (HTTP API)", "Invocation"],
  ["mass assignment of a discount", "Security event"],
  ["path traversal in the id", "Security event"],
  ["nesting 100,000 deep", "Invocation"],
  ["log forging", "Invocation"],
  ["credentials from a foreign origin", "Security event"],
  ["a secret in a response", "Security event"],
  ["a database error with its connection string", "Invocation"],
  ["a thrown null", "Invocation"],
];

const FLOOD = { requests: 400, name: "the same refused request, 400 times" };

/** Longer ones are cut for the terminal: stacks are long. */
const MAX_LENGTH = 640;

export interface TellingLine {
  readonly request: string;
  /** `undefined` when the log has no such line. */
  readonly line: string | undefined;
}

/** @param logs what the hardened twin logged, by the name of the request. */
export async function tellingLines(
  logs: ReadonlyMap<string, string>,
  observer: Observer,
): Promise<TellingLine[]> {
  const lines = TELLING.map(([request, message]) => ({
    request,
    line: lineOf(logs.get(request) ?? "", (fields) => fields.message === message),
  }));
  let flood = "";
  for (let sent = 0; sent < FLOOD.requests; sent++) {
    const { hardened } = await observer.observe({ name: FLOOD.name, path: "/orders?limit=-1" });
    flood += `${hardened.log}\n`;
  }
  const suppressed = lineOf(flood, (fields) => fields.suppressed !== undefined);
  return [...lines, { request: FLOOD.name, line: suppressed }];
}

function lineOf(
  log: string,
  isWanted: (fields: Readonly<Record<string, unknown>>) => boolean,
): string | undefined {
  const line = log
    .split("\n")
    .find((text) => text.startsWith("{") && isWanted(JSON.parse(text) as Record<string, unknown>));
  return line !== undefined && line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)} ...` : line;
}
