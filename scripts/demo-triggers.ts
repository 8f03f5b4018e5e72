/**
 * The second part of `npm run demo`: what becomes of messages, direct calls and answers when things go
 * wrong, with two functions as teams write them and with the hardened one. Every cell was observed in
 * this run; the exit status is 0 only if the hardened one loses, repeats and gives away nothing, and
 * the others do (if they did not, the table would prove nothing).
 */
import { table } from "../examples/http-api/demo/table.ts";
import { queueRows } from "../examples/sqs-worker/demo/rows.ts";
import { answerRows } from "../examples/task/demo/rows.ts";

const queues = await queueRows();
const rows = [...queues, ...(await answerRows())];
const problems = rows.flatMap(({ name, sharedStack, byHand, hardened }) => [
  ...(hardened.harm > 0 ? [`${name}: the hardened function: ${hardened.words}`] : []),
  ...(sharedStack.harm + byHand.harm === 0 ? [`${name}: harms no unprotected function`] : []),
]);
const lost = queues.reduce((sum, { sharedStack }) => sum + sharedStack.lost, 0);
if (lost === 0) problems.push("no unprotected function lost a message");

console.log("\nQueues, direct calls and answers: ten messages a batch, five deliveries at most\n");
console.log(
  table(
    [
      "what happens",
      "the team's stack with http-error-handler",
      "by hand",
      "hardened",
      "security event",
    ],
    rows.map(({ name, sharedStack, byHand, hardened }) => [
      name,
      sharedStack.words,
      byHand.words,
      hardened.harm > 0 ? `!!! ${hardened.words}` : hardened.words,
      hardened.events.join(", ") || "-",
    ]),
  ),
);
console.log(`
Lost: messages that are gone although nobody did their work. Moved aside in vain: messages without a
fault that end in the dead-letter queue because of another one.
Messages lost: ${lost} by the team's stack, ${sum("byHand")} by hand, ${sum("hardened")} by the hardened worker.`);
for (const problem of problems) console.error(`NOT AS IT SHOULD BE  ${problem}`);
if (problems.length > 0) process.exitCode = 1;

function sum(twin: "byHand" | "hardened"): number {
  return queues.reduce((total, row) => total + row[twin].lost, 0);
}
