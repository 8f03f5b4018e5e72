/** The first example of a package's README works after the README's own `npm install`. */
import type { Page, Problem } from "./markdown.ts";

/** Types that TypeScript's users have; the suite's own declarations bring them along. */
const TYPES_ALONE = new Set(["aws-lambda"]);

export function checkInstalls({ path, blocks }: Page): Problem[] {
  if (!/^(?:packages\/[^/]+\/README|self-test)\.md$/.test(path)) return [];
  const installed = new Set<string>();
  const problems: Problem[] = [];
  for (const { language, lines } of blocks) {
    if (language === "sh") {
      for (const { text } of lines) {
        if (text.startsWith("npm install "))
          for (const word of text.split(" ")) installed.add(word);
      }
    }
    if (language !== "ts" || installed.size === 0) continue;
    for (const { text, number } of lines) {
      const name = /\bfrom "((?:@[^/"]+\/)?[^/".][^/"]*)/.exec(text)?.[1];
      if (name === undefined || name.startsWith("node:")) continue;
      if (installed.has(name) || TYPES_ALONE.has(name)) continue;
      problems.push({
        page: path,
        line: number,
        what: `the first example imports ${name}, which the page's \`npm install\` does not install.`,
        toDo: "Add it to the command, or take it out of the example.",
      });
    }
    break;
  }
  return problems;
}
