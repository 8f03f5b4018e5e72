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

const CONSOLE_METHODS = ["debug", "error", "info", "log", "trace", "warn"] as const;

/** Collects, instead of printing, what is written to the console, standard output and standard error until it is stopped. */
export function captureOutput(): CapturedOutput {
  let text = "";
  const restore: (() => void)[] = [];
  const replace = <T extends object, K extends keyof T>(
    target: T,
    key: K,
    replacement: T[K],
  ): void => {
    const original = target[key];
    target[key] = replacement;
    restore.unshift(() => {
      target[key] = original;
    });
  };
  const write = (chunk: string | Uint8Array): boolean => {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    return true;
  };
  replace(process.stdout, "write", write);
  replace(process.stderr, "write", write);
  // Test runners and Lambda's runtime put their own methods on the console.
  const plain = new Console({ stdout: process.stdout, stderr: process.stderr });
  for (const method of CONSOLE_METHODS) replace(console, method, plain[method].bind(plain));
  const lines = (): string[] => text.split("\n").filter((line) => line !== "");
  const stop = (): void => {
    for (const undo of restore.splice(0)) undo();
  };
  return {
    get text() {
      return text;
    },
    get lines() {
      return lines();
    },
    get records() {
      return lines()
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line));
    },
    stop,
    [Symbol.dispose]: stop,
  };
}
