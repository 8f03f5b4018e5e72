/**
 * A page of mistakes, which goes through every check together with the real ones: a check that
 * stays silent about its mistake has stopped working, and nobody would see it.
 *
 * A line `EXPECTED: WORDS` says which words the problem of the next block has.
 */
import { type Page, type Problem, parsePage } from "./markdown.ts";

const PATH = "self-test.md";

const TEXT = `
\`\`\`sh
npm install zod
\`\`\`

EXPECTED: imports @middy/core, which the page's
\`\`\`ts
import middy from "@middy/core";

export const handler = middy();
\`\`\`

EXPECTED: Type 'string' is not assignable to type 'number'
\`\`\`ts
export const answer: number = "forty-two";
\`\`\`

EXPECTED: no package of this workspace
\`\`\`sh
npm install @middy-hardening/presett
\`\`\`

EXPECTED: there is no script "chek"
\`\`\`sh
npm run chek
\`\`\`

EXPECTED: nothing runs "rm -rf build"
\`\`\`sh
rm -rf build # a comment is no command
\`\`\`

EXPECTED: json cannot be parsed
\`\`\`json
{ "a": 1, }
\`\`\`

EXPECTED: yaml cannot be parsed
\`\`\`yaml
a: !Nonsense b
\`\`\`

EXPECTED: js cannot be parsed
\`\`\`js
const = 1;
\`\`\`

EXPECTED: names no language
\`\`\`
what is this?
\`\`\`

EXPECTED: printed: The answer is 42.
<!-- snippet: output -->
\`\`\`ts
console.log("The answer is 42.");
\`\`\`

\`\`\`text
The answer is 41.
\`\`\`

EXPECTED: fails when it is run: Error: not today
<!-- snippet: output -->
\`\`\`ts
throw new Error("not today");
\`\`\`

\`\`\`text
Done.
\`\`\`

EXPECTED: fails when it is run: AssertionError
<!-- snippet: holds
import assert from "node:assert/strict";
assert.equal(half, 4);
-->
\`\`\`ts
const half = 6 / 2; // 4
\`\`\`

EXPECTED: fails when it is run: AssertionError
<!-- snippet: file test/sum.test.ts -->
\`\`\`ts
import { expect, it } from "vitest";

it("adds up", () => expect(1 + 1).toBe(3));
\`\`\`

EXPECTED: ends too soon
<!-- snippet: not compiled -->
\`\`\`ts
nonsense nonsense
\`\`\`

EXPECTED: There is no comment
<!-- snippet: skip this one please -->
\`\`\`ts
export const used = 1;
\`\`\`

EXPECTED: holds no code
<!-- snippet: setup -->
\`\`\`ts
export const bare = 1;
\`\`\`

EXPECTED: Cannot find name 'shown'
<!-- snippet: setup
declare const hidden: number;
-->
\`\`\`ts
export const sum = hidden + shown;
\`\`\`

EXPECTED: the command fails: Usage: kms-encrypt
\`\`\`sh
npx kms-encrypt --key-name alias/orders < password.txt
\`\`\`

EXPECTED: the prose says \`204\`, and the answer is 404
\`\`\`sh
curl -i http://localhost:3000/nowhere
\`\`\`

This is answered \`204\`:

EXPECTED: the block shows something else
\`\`\`json
{}
\`\`\`

EXPECTED: the gate (.ci/run) does not run "npm run release"
<!-- command: run by: npm run release -->
\`\`\`sh
npm publish
\`\`\`

EXPECTED: Setup stands before a block that is not ts
<!-- snippet: setup
const a = 1;
-->
\`\`\`text
nothing
\`\`\`

EXPECTED: there is no script "nonsense" in the workspace
The command \`npm run nonsense\` does nothing.

EXPECTED: The output of the block before is missing
<!-- snippet: output -->
\`\`\`ts
console.log("nobody sees this");
\`\`\`

\`\`\`ts
export const next = "a block that shows no output";
\`\`\`
`;

export function pageOfMistakes(): Page {
  return parsePage(PATH, TEXT);
}

/** The problems of the real pages; what went wrong with the page of mistakes is one of them. */
export function withoutMistakes(problems: readonly Problem[]): Problem[] {
  const real = problems.filter(({ page }) => page !== PATH);
  const found = problems.filter(({ page }) => page === PATH);
  const lines = TEXT.split("\n");
  const expected = lines.flatMap((text, index) => {
    const [, words] = /^EXPECTED: (.*)$/.exec(text) ?? [];
    return words === undefined ? [] : [{ words, from: index + 1 }];
  });
  for (const [index, { words, from }] of expected.entries()) {
    const to = expected[index + 1]?.from ?? lines.length;
    const at = found.findIndex(
      ({ line, what }) => line >= from && line < to && what.includes(words),
    );
    if (at !== -1) found.splice(at, 1);
    else real.push(broken(from, `nothing finds the mistake "${words}".`));
  }
  for (const { line, what } of found) real.push(broken(line, `no mistake, but: ${what}`));
  return real;
}

function broken(line: number, what: string): Problem {
  return {
    page: "scripts/snippets/self-test.ts",
    line,
    what: `(line of its page) ${what}`,
    toDo: "Mend the check, or the page of mistakes.",
  };
}
