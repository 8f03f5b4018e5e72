/**
 * Observing what an invocation published and printed.
 *
 * @module
 */
import { Console } from "node:console";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { SECURITY_EVENT_CHANNEL, type SecurityEvent } from "@middy-hardening/core";

/** Security events published since the capture began. */
export interface CapturedSecurityEvents extends Disposable {
  readonly events: readonly SecurityEvent[];
  /** Stops capturing; `using` does it at the end of the block. */
  stop(): void;
}

/**
 * Collects every security event of this process until it is stopped.
 *
 * ```ts
 * using captured = captureSecurityEvents();
 * await invoke(handler, event);
 * expect(captured.events).toMatchObject([{ name: "input_validation_fail", outcome: "blocked" }]);
 * ```
 */
export function captureSecurityEvents(): CapturedSecurityEvents {
  const events: SecurityEvent[] = [];
  const listener = (event: unknown): void => {
    events.push(event as SecurityEvent);
  };
  subscribe(SECURITY_EVENT_CHANNEL, listener);
  const stop = (): void => {
    unsubscribe(SECURITY_EVENT_CHANNEL, listener);
  };
  return { events, stop, [Symbol.dispose]: stop };
}

/** What this process printed since the capture began. */
export interface CapturedOutput extends Disposable {
  /** All text written to standard output and standard error. */
  readonly text: string;
  /** Its lines, without empty ones. */
  readonly lines: readonly string[];
  /** Its lines that are JSON objects, parsed: structured logs and metrics. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** Stops capturing; `using` does it at the end of the block. */
  stop(): void;
}

/** What each capture that has not been stopped holds; the last to begin gets what is printed. */
const captures: Buffer[][] = [];

/** Undoes what the first capture put in place. */
let restore: (() => void)[] = [];

function replace<T extends object, K extends keyof T>(target: T, key: K, replacement: T[K]): void {
  const original = target[key];
  target[key] = replacement;
  restore.push(() => {
    target[key] = original;
  });
}

/** In place of the `write` of standard output and standard error. */
function write(
  chunk: string | Uint8Array,
  encodingOrDone?: BufferEncoding | WriteCallback,
  done?: WriteCallback,
): boolean {
  const encoding = typeof encodingOrDone === "string" ? encodingOrDone : "utf8";
  captures.at(-1)?.push(Buffer.from(chunk as string, encoding));
  const callback = typeof encodingOrDone === "function" ? encodingOrDone : done;
  if (callback !== undefined) process.nextTick(callback);
  return true;
}

type WriteCallback = (error?: Error | null) => void;

function beginCapturing(): void {
  replace(process.stdout, "write", write);
  replace(process.stderr, "write", write);
  // Test runners and Lambda's runtime put their own methods on the console.
  const plain = new Console(process.stdout, process.stderr);
  const methods = console as unknown as Record<string, unknown>;
  for (const [name, method] of Object.entries(plain)) replace(methods, name, method);
}

/** Collects, instead of printing, what is written to the console, standard output and standard error until it is stopped. */
export function captureOutput(): CapturedOutput {
  const chunks: Buffer[] = [];
  captures.push(chunks);
  if (captures.length === 1) beginCapturing();
  const text = (): string => Buffer.concat(chunks).toString();
  const lines = (): string[] =>
    text()
      .split("\n")
      .filter((line) => line !== "");
  const stop = (): void => {
    const index = captures.indexOf(chunks);
    if (index !== -1) captures.splice(index, 1);
    if (captures.length > 0) return;
    for (const undo of restore.toReversed()) undo();
    restore = [];
  };
  return {
    get text() {
      return text();
    },
    get lines() {
      return lines();
    },
    get records() {
      return lines().flatMap(parseRecord);
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

function parseRecord(line: string): Readonly<Record<string, unknown>>[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return []; // Such as an object that the console printed.
  }
}
