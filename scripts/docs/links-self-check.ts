/** Shows on a small repository with faults that the check of the links finds each of them, and nothing else. */
import { checkLinks } from "./links.ts";

const HOME = `# Home

[a page](docs/page.md), [its part](docs/page.md#corsorigins), [again](docs/page.md#again-1), [code](src/a.ts),
[a folder](docs), [a host](https://example.org/a_(b)), [with a title](docs/page.md "Title"), [here](#home),
[by name][page], <https://example.org>, \`[not](a-link.md)\`, <a id="own"></a>, [own](#own)

\`\`\`md
[not](a-link.md)
\`\`\`

<!-- [not](a-link.md) -->

[page]: docs/page.md#order-of-work_items

| [in a table](docs/page.md#a-code--cell) | \`a | b\` |
`;

const PAGE = `# Page

## \`cors.origins\`

## Again

## Again

## *Order* of [work_items](../README.md)

### A \`code\` & cell
`;

/** A line of a page, and what is to be said of it. */
const FAULTS: ReadonlyArray<readonly [line: string, problem: string]> = [
  ["[gone](gone.md)", "gone.md: There is no such file or folder in the repository."],
  ["[case](DOCS/page.md)", "DOCS/page.md: There is no such file or folder in the repository."],
  ["[out](../../else.md)", "../../else.md: There is no such file or folder in the repository."],
  [
    "[root](/docs/page.md)",
    "/docs/page.md: Write a path from this file on: hosts differ in their root.",
  ],
  ["[part](docs/page.md#gone)", "docs/page.md#gone: docs/page.md has no heading with this anchor."],
  // What VitePress would make of the heading without our rule.
  [
    "[site](docs/page.md#cors-origins)",
    "docs/page.md#cors-origins: docs/page.md has no heading with this anchor.",
  ],
  [
    "[third](docs/page.md#again-2)",
    "docs/page.md#again-2: docs/page.md has no heading with this anchor.",
  ],
  ["[line](src/a.ts#L3)", "src/a.ts#L3: Only a Markdown page has anchors that last."],
  [
    "[ours](https://host.example/us/it/docs)",
    "https://host.example/us/it/docs: Write a relative link to a file of ours.",
  ],
  ["[plain](http://example.org)", "http://example.org: Write an https address."],
  ["in text: http://example.org.", "http://example.org: Write an https address."],
  ["[host](https://localhost/)", "https://localhost/: This is no public host."],
  ["[no URL](https://)", "https://: This is no URL."],
  ['<img src="gone.svg" alt="">', "gone.svg: There is no such file or folder in the repository."],
  ["![gone](gone.svg)", "gone.svg: There is no such file or folder in the repository."],
  ["[name][nowhere]", "[nowhere] is defined nowhere."],
  ["[name]: gone.md", "gone.md: There is no such file or folder in the repository."],
];

/** What the check does not find, or finds where nothing is; empty when all is well. */
export function selfCheck(): string[] {
  const faulty = FAULTS.map(([line]) => `${line}\n`).join("\n");
  const { problems } = checkLinks({
    pages: new Map([
      ["README.md", HOME],
      ["docs/page.md", PAGE],
      ["faulty.md", faulty],
    ]),
    files: ["README.md", "docs/page.md", "faulty.md", "src/a.ts"],
    url: "https://host.example/us/it",
  });
  const wanted = FAULTS.map(([, problem], index) => `faulty.md:${index * 2 + 1}: ${problem}`);
  return [
    ...wanted
      .filter((problem) => !problems.includes(problem))
      .map((problem) => `not found: ${problem}`),
    ...problems
      .filter((problem) => !wanted.includes(problem))
      .map((problem) => `wrongly: ${problem}`),
  ];
}
