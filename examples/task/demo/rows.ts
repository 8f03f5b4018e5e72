/**
 * For `npm run demo` in the repository: what the caller of a function gets when a direct call fails,
 * an answer is too large, or a stream breaks; of two functions as teams write them and of the
 * hardened one. All of it is observed.
 */
import {
  captureOutput,
  captureSecurityEvents,
  httpEvent,
  type InvokableHandler,
  invoke,
  invokeStream,
  provideAwsLambda,
  type StreamingHandler,
} from "@middy-hardening/testing";
import type { Payments } from "../src/payments.ts";
import { connectionLost, SECRETS } from "./exports.ts";

/** What was seen of one twin. */
interface Observation {
  readonly words: string;
  /** How many things went wrong that the caller or the team should not have to bear. */
  readonly harm: number;
  readonly events: readonly string[];
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly sharedStack: Observation;
  readonly byHand: Observation;
  readonly hardened: Observation;
}

interface Functions {
  readonly task: InvokableHandler;
  readonly list: InvokableHandler;
  readonly stream: StreamingHandler;
}

const payments: Payments = { charge: () => Promise.reject(connectionLost()) };
const charge = { orderId: "ORD-000001", amountCents: 1_250, cardToken: "tok_4f9d2c71" };

export async function answerRows(): Promise<Row[]> {
  // As Lambda has it in place before it loads a function that streams.
  using _awslambda = provideAwsLambda();
  const { createByHand, createUnderSharedStack } = await import("./unprotected.ts");
  const { createHardened } = await import("./hardened.ts");
  const sharedStack = createUnderSharedStack(payments);
  const byHand = createByHand(payments);
  const hardened = createHardened(payments);

  const rowOf = async (name: string, observe: Observe): Promise<Row> => ({
    name,
    sharedStack: await watch(() => observe(sharedStack)),
    byHand: await watch(() => observe(byHand)),
    hardened: await watch(() => observe(hardened)),
  });
  return [
    await rowOf("a direct call that fails", directCall),
    await rowOf("an answer of 7 MB", hugeAnswer),
    await rowOf("a stream that fails half-way", brokenStream),
  ];
}

/** What was found, good or bad, in words; the bad ones count. */
interface Finding {
  readonly words: string;
  readonly isHarm: boolean;
}

type Observe = (functions: Functions) => Promise<readonly Finding[]>;

async function watch(observe: () => Promise<readonly Finding[]>): Promise<Observation> {
  using _output = captureOutput();
  using security = captureSecurityEvents();
  const findings = await observe();
  const harm = findings.filter(({ isHarm }) => isHarm);
  return {
    words: (harm.length > 0 ? harm : findings).map(({ words }) => words).join(", "),
    harm: harm.length,
    events: [...new Set(security.events.map(({ name }) => name))],
  };
}

const good = (words: string): Finding => ({ words, isHarm: false });
const bad = (words: string): Finding => ({ words, isHarm: true });

const leaks = (text: string): readonly Finding[] =>
  SECRETS.some((secret) => text.includes(secret)) ? [bad("tells the database's password")] : [];

/** Called by a state machine, which goes on with whatever does not fail. */
async function directCall({ task }: Functions): Promise<readonly Finding[]> {
  const { error, payload } = await invoke(task, charge);
  const outcome = error
    ? good(`fails as ${error.errorType}, to be retried`)
    : bad("1 charge lost: the state machine goes on");
  return [outcome, ...leaks(payload)];
}

async function hugeAnswer({ list }: Functions): Promise<readonly Finding[]> {
  const { error } = await invoke(list, {});
  const name = error?.errorType ?? "nothing";
  const isOwn = name === "response_too_large";
  return [isOwn ? good(`fails as ${name}`) : bad(`Lambda throws it away: ${name}`)];
}

async function brokenStream({ stream }: Functions): Promise<readonly Finding[]> {
  const { body, isCut, error } = await invokeStream(stream, httpEvent("function-url"));
  const rows = body.split("\n").filter((line) => line.startsWith("ORD-")).length;
  return [
    isCut
      ? good("cut: the client knows that half is missing")
      : bad(`${1_000 - rows} rows lost, looks whole`),
    ...leaks(`${body}${JSON.stringify(error)}`),
  ];
}
