/** The fenced blocks of a Markdown page, and the comments that say how each of them is checked. */

export interface Line {
  readonly text: string;
  /** Counted from 1, in the page. */
  readonly number: number;
}

/** A comment `<!-- snippet: ... -->` or `<!-- command: ... -->` in front of a block. */
export interface Directive {
  readonly name: string;
  readonly value: string;
  /** The lines of a comment that holds code. */
  readonly code: readonly Line[];
  readonly line: number;
}

export interface Block {
  readonly page: string;
  /** The line of the opening fence. */
  readonly line: number;
  readonly language: string;
  readonly lines: readonly Line[];
  readonly directives: readonly Directive[];
  /** The prose between the block before and this one. */
  readonly prose: string;
}

/** What is wrong at a place of a page, and what its author can do. */
export interface Problem {
  readonly page: string;
  readonly line: number;
  readonly what: string;
  readonly toDo: string;
}

export interface Page {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly problems: readonly Problem[];
}

interface Kind {
  /** Whether the lines after the first one of the comment are code. */
  readonly code: "never" | "always" | "may";
  /** What stands after the name. */
  readonly value?: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "snippet: setup": { code: "always" },
  "snippet: continues": { code: "never" },
  "snippet: output": { code: "never" },
  "snippet: prints": { code: "always" },
  "snippet: holds": { code: "always" },
  "snippet: file": { code: "may", value: "the file's path" },
  "snippet: not compiled": { code: "never", value: "the reason" },
  "command: setup": { code: "always" },
  "command: not run": { code: "never", value: "the reason" },
  "command: run by": { code: "never", value: "the npm script" },
};

const FENCE = /^(\s*)(`{3,}|~{3,})\s*([\w+-]*)/;
const COMMENT = /^\s*<!--\s*(?=(?:snippet|command):)/;

export function parsePage(path: string, text: string): Page {
  const lines = text.split("\n").map((line, index) => ({ text: line, number: index + 1 }));
  const blocks: Block[] = [];
  const problems: Problem[] = [];
  let directives: Directive[] = [];
  let prose = "";
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as Line;
    const fence = FENCE.exec(line.text);
    if (fence !== null) {
      const [, indent = "", mark = "", language = ""] = fence;
      const end = lines.findIndex(
        (each, at) =>
          at > index && each.text.trim().startsWith(mark) && /^\s*[`~]+\s*$/.test(each.text),
      );
      const last = end === -1 ? lines.length : end;
      const inside = lines.slice(index + 1, last).map(({ text: code, number }) => ({
        text: code.startsWith(indent) ? code.slice(indent.length) : code.trimStart(),
        number,
      }));
      blocks.push({ page: path, line: line.number, language, lines: inside, directives, prose });
      directives = [];
      prose = "";
      index = last;
      continue;
    }
    if (!COMMENT.test(line.text)) {
      prose += `${line.text}\n`;
      continue;
    }
    const end = lines.findIndex((each, at) => at >= index && each.text.includes("-->"));
    const last = end === -1 ? lines.length - 1 : end;
    directives.push(directiveOf(lines.slice(index, last + 1), path, problems));
    index = last;
  }
  for (const { line, name } of directives) {
    problems.push({
      page: path,
      line,
      what: `No fenced block follows the comment "${name}".`,
      toDo: "Put it directly before the block that it is about, or take it out.",
    });
  }
  return { path, text, blocks, problems };
}

function directiveOf(lines: readonly Line[], page: string, problems: Problem[]): Directive {
  const { number: line } = lines[0] as Line;
  const tell = (what: string, toDo: string): number => problems.push({ page, line, what, toDo });
  const [head = "", ...rest] = lines.map(({ text }) =>
    text.replace(COMMENT, "").replace("-->", "").trim(),
  );
  const name = Object.keys(KINDS).find(
    (each) => head === each || (/^:?\s/.test(head.slice(each.length)) && head.startsWith(each)),
  );
  const kind = KINDS[name ?? ""];
  if (name === undefined || kind === undefined) {
    tell(
      `There is no comment "${head}".`,
      `Those that there are: "${Object.keys(KINDS).join('", "')}".`,
    );
    return { name: head, value: "", code: [], line };
  }
  const words = [head.slice(name.length).replace(/^:/, ""), ...(kind.code === "never" ? rest : [])];
  const value = words.join(" ").replace(/\s+/g, " ").trim();
  const code = kind.code === "never" ? [] : lines.slice(1, -1);
  if (kind.code === "always" && code.length === 0) {
    tell(
      `The comment "${name}" holds no code.`,
      "Put its code on lines between the first and `-->`.",
    );
  }
  if (kind.value !== undefined && value === "") {
    tell(`The comment "${name}" ends too soon.`, `Name ${kind.value} after it.`);
  }
  return { name, value, code, line };
}

export function directiveIn({ directives }: Block, name: string): Directive | undefined {
  return directives.find((each) => each.name === name);
}
