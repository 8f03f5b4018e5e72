/**
 * `npm run demo`: the same requests, honest and hostile, to the order service with and without
 * protection. Every cell of the tables was observed in this run; the exit status is 0 only if all
 * of it is as it should be.
 */
import { isDeepStrictEqual } from "node:util";
import { LOCAL_PASSWORD, LOCAL_SIGNING_KEY } from "../src/database.ts";
import { startLocalCloud } from "../src/local-cloud.ts";
import { type Attack, attacks } from "./attacks.ts";
import { honest } from "./honest.ts";
import { tellingLines } from "./log-lines.ts";
import { createObserver, type DemoRequest, type Observation } from "./observe.ts";
import { DEMO_MAX_AGE_MS, observeSecrets } from "./secrets.ts";
import { table } from "./table.ts";
import { handler as unprotected } from "./unprotected.ts";

const problems: string[] = [];
const expect = (condition: boolean, request: DemoRequest, words: string): void => {
  if (!condition) problems.push(`${request.name}: ${words}`);
};

await using cloud = await startLocalCloud();
process.env.SECRETS_MAX_AGE_MS = String(DEMO_MAX_AGE_MS);
// Loaded now, as Lambda would with the environment in place.
const { handler: hardened } = await import("../src/handler.ts");
await using observer = await createObserver({ unprotected, hardened });

/** What the hardened twin logged, by the name of the request. */
const logs = new Map<string, string>();

console.log(`Honest requests: ${honest.length}\n`);
const honestRows: string[][] = [];
for (const request of honest) {
  const seen = await observer.observe(request);
  logs.set(request.name, seen.hardened.log);
  const isSame = isDeepStrictEqual(contentOf(seen.unprotected), contentOf(seen.hardened));
  expect(seen.unprotected.status === seen.hardened.status, request, "the twins' statuses differ");
  expect(seen.unprotected.status < 500, request, "was not served");
  expect(isSame, request, "the twins' contents differ");
  expect(seen.hardened.events.length === 0, request, "raised a security event");
  honestRows.push([
    request.name,
    String(seen.unprotected.status),
    String(seen.hardened.status),
    isSame ? "same" : "DIFFERENT",
  ]);
}
console.log(table(["request", "unprotected", "hardened", "content"], honestRows));

console.log(`\nAttacks: ${attacks.length}\n`);
const attackRows: string[][] = [];
const successes = { unprotected: 0, hardened: 0 };
for (const attack of attacks) {
  const seen = await observer.observe(attack);
  logs.set(attack.name, seen.hardened.log);
  const gotFromUnprotected = attack.got(seen.unprotected);
  const gotFromHardened = attack.got(seen.hardened);
  if (gotFromUnprotected !== undefined) successes.unprotected += 1;
  if (gotFromHardened !== undefined) successes.hardened += 1;
  check(attack, seen.hardened, gotFromUnprotected, gotFromHardened);
  attackRows.push([
    attack.name,
    gotFromUnprotected ?? `${seen.unprotected.status}, nothing gained`,
    gotFromHardened === undefined ? describe(seen.hardened) : `!!! ${gotFromHardened}`,
    seen.hardened.events.join(", ") || "-",
  ]);
}
console.log(
  table(
    ["attack", "unprotected: what it let happen", "hardened: what it answered", "security event"],
    attackRows,
  ),
);

console.log("\nThe hardened twin's log: ten lines of it\n");
for (const { request, line } of await tellingLines(logs, observer)) {
  console.log(`# ${request}\n${line ?? "!!! not in the log"}`);
  if (line === undefined) problems.push(`${request}: a line is missing in the log`);
  if ([LOCAL_PASSWORD, LOCAL_SIGNING_KEY].some((secret) => line?.includes(secret))) {
    problems.push(`${request}: a credential stands in the log`);
  }
}

console.log("\nSecrets: what changes and what fails\n");
const secretsRows = await observeSecrets(cloud, observer);
for (const { name, isRight, hardened } of secretsRows) {
  if (!isRight) problems.push(`${name}: ${hardened}`);
}
console.log(
  table(
    ["what happens", "unprotected", "hardened", "security event"],
    secretsRows.map(({ name, unprotected, hardened, events }) => [
      name,
      unprotected,
      hardened,
      [...new Set(events)].join(", ") || "-",
    ]),
  ),
);

console.log(`
${honest.length} honest requests, ${attacks.length} attacks.
Attacks that got what they wanted: ${successes.unprotected} from the unprotected twin, ${successes.hardened} from the hardened one.`);
for (const problem of problems) console.error(`NOT AS IT SHOULD BE  ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** What an answer says, whatever the order in which it says it. */
function contentOf({ body }: Observation): unknown {
  return body === "" ? "" : JSON.parse(body);
}

function check(
  attack: Attack,
  seen: Observation,
  gotFromUnprotected: string | undefined,
  gotFromHardened: string | undefined,
): void {
  expect(gotFromHardened === undefined, attack, `the attacker got: ${gotFromHardened}`);
  expect(
    (gotFromUnprotected === undefined) === (attack.harmless === true),
    attack,
    "the unprotected twin did not behave as the demo says",
  );
  expect(seen.status === attack.answer, attack, `answered ${seen.status}, not ${attack.answer}`);
  expect(
    attack.event === undefined ? seen.events.length === 0 : seen.events.includes(attack.event),
    attack,
    `expected the event ${attack.event ?? "none"}, saw ${seen.events.join(", ") || "none"}`,
  );
  expect(seen.error === undefined, attack, "the hardened function itself failed");
  const told = `${seen.body}\n${JSON.stringify(seen.headers)}\n${seen.log}`;
  expect(
    ![LOCAL_PASSWORD, LOCAL_SIGNING_KEY].some((secret) => told.includes(secret)),
    attack,
    "a credential stands in the answer or log",
  );
}

/** What the hardened twin answered, as its caller reads it. */
function describe({ status, body }: Observation): string {
  const problem = body.startsWith("{") ? (JSON.parse(body) as Record<string, unknown>) : {};
  const pointer = (problem.errors as { pointer?: string }[] | undefined)?.[0]?.pointer;
  const words = [problem.code ?? (status < 300 ? "served, nothing leaked" : ""), pointer ?? ""];
  return [String(status), ...words.filter((word) => word !== "")].join(" ");
}
