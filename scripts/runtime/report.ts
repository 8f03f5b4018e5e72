/** What was found, and what must never be found: in an answer, and in a log. */

import { LOCAL_PASSWORD, LOCAL_SIGNING_KEY } from "../../examples/http-api/src/database.ts";
import type { LambdaFunction, Server } from "./lambda-function.ts";

/** Values that are secret. */
export const CANARIES = {
  apiKey: `canary-key-${crypto.randomUUID()}`,
  databasePassword: `canary-password-${crypto.randomUUID()}`,
  webhookKey: Buffer.from(`canary-webhook-${crypto.randomUUID()}`).toString("base64"),
  ordersPassword: LOCAL_PASSWORD,
  ordersKey: LOCAL_SIGNING_KEY,
  /** Of letters and digits alone, as the fields of events want it. */
  input: `canary${crypto.randomUUID().replaceAll("-", "")}`,
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

/** What was checked, behind which server, and what was not as it should be. */
export class Results {
  readonly problems: string[] = [];
  readonly passed: Record<Server, number> = { emulator: 0, "stand-in": 0 };

  of({ server }: LambdaFunction): Report {
    return new Report(this, server);
  }
}

/** Lines that the emulator writes to a function's log itself. */
const PLATFORM_LINE = /^(?:(?:START|END|REPORT) RequestId: |time=|\d\d \w{3} \d{4} .*\(rapid\))/;

/** Checks of one function. */
export class Report {
  readonly #results: Results;
  readonly #server: Server;

  constructor(results: Results, server: Server) {
    this.#results = results;
    this.#server = server;
  }

  check(what: string, isRight: boolean, found: string): void {
    if (isRight) this.#results.passed[this.#server]++;
    else this.#results.problems.push(`${what} (${this.#server}): ${shortened(found)}`);
  }

  /** A protected function's answer: as expected, and without a word about the inside. */
  answer(what: string, payload: string, expected: RegExp): void {
    this.check(what, expected.test(payload), `expected ${expected}, got ${payload}`);
    const leaks = leaksIn(payload);
    this.check(`${what}: the invoker`, leaks.length === 0, `is told ${leaks}: ${payload}`);
  }

  /** A protected function's log, in which there are lines of its own. */
  log(what: string, log: string): void {
    const own = log.split("\n").filter((line) => line !== "" && !PLATFORM_LINE.test(line));
    const isRight = own.length > 0 && canariesIn(log).length === 0;
    this.check(`${what}: the log`, isRight, log || "is empty");
  }

  /** An unprotected twin has to leak this, or the checks above could not fail. */
  leak(what: string, found: readonly string[], expected: string): void {
    this.check(`${what}, unprotected`, found.includes(expected), `does not leak ${expected}`);
  }
}

/** Both ends, since a stream's fault is at the end of its answer. */
const shortened = (text: string): string =>
  text.length <= 600 ? text : `${text.slice(0, 300)} ... ${text.slice(-300)}`;
