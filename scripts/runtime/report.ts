/** What was found, and what must never be found: in an answer, and in a log. */

import { LOCAL_PASSWORD, LOCAL_SIGNING_KEY } from "../../examples/http-api/src/database.ts";

/** Values that are secret. */
export const CANARIES = {
  apiKey: `canary-key-${crypto.randomUUID()}`,
  databasePassword: `canary-password-${crypto.randomUUID()}`,
  webhookKey: Buffer.from(`canary-webhook-${crypto.randomUUID()}`).toString("base64"),
  ordersPassword: LOCAL_PASSWORD,
  ordersKey: LOCAL_SIGNING_KEY,
} as const;

/** Texts of the inside that errors quote. */
const INTERNAL = /10\.20\.30\.40|ECONNREFUSED|SyntaxError|TypeError|\.mjs\b|file:\/\//;

/** A line of a stack, in JSON or not. */
const STACK = /\bat [^\n"]*:\d+:\d+/;

/** What an answer tells that is not for its invoker. */
export function leaksIn(answer: string): string[] {
  return [
    ...canariesIn(answer),
    ...(INTERNAL.test(answer) ? ["internal text"] : []),
    ...(STACK.test(answer) ? ["a stack"] : []),
  ];
}

/** As they are, and as a body or a URL would encode them. */
const TRACES = Object.values(CANARIES).flatMap((canary) => [
  canary,
  Buffer.from(canary).toString("base64url"),
  Buffer.from(canary).toString("base64").replaceAll("=", ""),
  encodeURIComponent(canary),
]);

/** Secrets in a log, which may have stacks and internal text. */
export function canariesIn(text: string): string[] {
  return TRACES.some((trace) => text.includes(trace)) ? ["a secret"] : [];
}

/** Counts what was checked, and keeps what was not as it should be. */
export class Report {
  readonly problems: string[] = [];
  passed = 0;

  check(what: string, isRight: boolean, found: string): void {
    if (isRight) this.passed++;
    else this.problems.push(`${what}: ${found.slice(0, 600)}`);
  }

  /** A protected function's answer: as expected, and without a word about the inside. */
  answer(what: string, payload: string, expected: RegExp): void {
    this.check(what, expected.test(payload), `expected ${expected}, got ${payload}`);
    const leaks = leaksIn(payload);
    this.check(`${what}: the invoker`, leaks.length === 0, `is told ${leaks}: ${payload}`);
  }

  /** A protected function's log. */
  log(what: string, log: string): void {
    this.check(`${what}: the log`, log !== "" && canariesIn(log).length === 0, log || "is empty");
  }

  /** An unprotected twin has to leak this, or the checks above could not fail. */
  leak(what: string, found: readonly string[], expected: string): void {
    this.check(`${what}, unprotected`, found.includes(expected), `does not leak ${expected}`);
  }
}
