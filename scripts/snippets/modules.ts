/** The modules that the TypeScript blocks of a page make, each line with its place in the page. */
import { type Block, directiveIn, type Line, type Page, type Problem } from "./markdown.ts";

/** Lines of a module up to a place at which what was printed is looked at. */
interface Part {
  readonly lines: Line[];
  /** Whether what it prints is shown in the page. */
  isShown: boolean;
  /** Whether it asserts something. */
  readonly holds?: boolean;
  /** The block that shows it. */
  shown?: Block;
}

export interface Module {
  readonly page: string;
  /** Blocks of one project see each other's files; a file shown once more begins another project. */
  readonly project: number;
  readonly file: string;
  readonly parts: Part[];
  /** How many fenced blocks are in it. */
  blocks: number;
}

export interface PageModules {
  readonly modules: readonly Module[];
  readonly problems: readonly Problem[];
  /** Blocks that say why they are not compiled. */
  readonly notCompiled: readonly { readonly block: Block; readonly reason: string }[];
}

/** What a module that is run prints before each of its parts. */
export const MARK = "--- the next part of the snippet ---";

export function modulesOf({ path, blocks }: Page): PageModules {
  const modules: Module[] = [];
  const problems: Problem[] = [];
  const notCompiled: { block: Block; reason: string }[] = [];
  let project = 0;
  let current: Module | undefined;
  let unshown: Part | undefined;
  const tell = (line: number, what: string, toDo: string): void => {
    problems.push({ page: path, line, what, toDo });
  };

  const begin = (file: string): Module => {
    const own = modules.filter((each) => each.project === project);
    if (own.some((each) => each.file === file)) {
      project++;
      // Tests are about what was there before.
      const kept = own.filter((each) => each.file !== file && !isTest(each));
      modules.push(...kept.map((each) => ({ ...each, project, blocks: 0 })));
    }
    const module = { page: path, project, file, parts: [], blocks: 0 };
    modules.push(module);
    return module;
  };

  for (const block of blocks) {
    const isCode = block.language === "ts";
    const setup: Line[] = [];
    let file: string | undefined;
    for (const { name, value, code } of block.directives) {
      if (name === "snippet: setup") setup.push(...code);
      if (name !== "snippet: file") continue;
      if (code.length === 0) file = value;
      else begin(value).parts.push({ lines: [...code], isShown: false });
    }
    const prints = directiveIn(block, "snippet: prints");
    const output = directiveIn(block, "snippet: output");
    const continues = directiveIn(block, "snippet: continues");
    const skipped = directiveIn(block, "snippet: not compiled");
    const holds = directiveIn(block, "snippet: holds");

    if (!isCode) {
      for (const directive of [continues, output, skipped, holds]) {
        if (directive === undefined) continue;
        const what = `"${directive.name}" is about a block of ts, and this one is ${block.language || "of no language"}.`;
        tell(directive.line, what, "Put it before the block that it is about.");
      }
      if (setup.length > 0 && prints === undefined) {
        tell(block.line, "Setup stands before a block that is not ts.", "Move it to the ts block.");
      }
      if (prints !== undefined) {
        if (current === undefined) {
          tell(prints.line, "No ts block comes before the code that prints.", "Write one before.");
        } else {
          current.parts.push({ lines: [...setup, ...prints.code], isShown: true, shown: block });
        }
      } else if (unshown !== undefined) unshown.shown = block;
      unshown = undefined;
      continue;
    }

    if (unshown !== undefined) {
      tell(block.line, "The output of the block before is missing.", "Show it before this block.");
      unshown = undefined;
    }
    if (skipped !== undefined) {
      notCompiled.push({ block, reason: skipped.value });
      current = undefined;
      continue;
    }
    if (continues !== undefined && current === undefined) {
      tell(continues.line, "There is no block to be continued.", 'Take out "continues".');
    }
    if (continues === undefined || current === undefined) {
      current = begin(file ?? `snippet-${block.line}.ts`);
    }
    const part: Part = {
      lines: [...setup, ...block.lines, ...(holds?.code ?? [])],
      isShown: output !== undefined,
      holds: holds !== undefined,
    };
    current.parts.push(part);
    current.blocks++;
    if (output !== undefined) unshown = part;
  }
  if (unshown !== undefined) {
    const { number } = unshown.lines[0] as Line;
    tell(
      number,
      "No block shows what this one prints.",
      "Show it in a text or json block after it.",
    );
  }
  return { modules, problems, notCompiled };
}

export const isRun = (module: Module): boolean =>
  module.parts.some(({ isShown, holds }) => isShown || holds);

export const isTest = ({ file }: Module): boolean => file.endsWith(".test.ts");

/** The text of a module, and for each of its lines the line of the page. */
export function textOf(module: Module): {
  readonly text: string;
  readonly lines: readonly number[];
} {
  const lines: Line[] = [];
  for (const part of module.parts) {
    const number = part.lines[0]?.number ?? 1;
    if (isRun(module)) lines.push({ text: `console.log(${JSON.stringify(MARK)});`, number });
    lines.push(...part.lines);
  }
  return {
    text: `${lines.map(({ text }) => text).join("\n")}\n`,
    lines: lines.map(({ number }) => number),
  };
}
