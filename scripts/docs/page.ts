/** What links of a Markdown page there are, and what may be linked to on it. */
import { anchorsOf } from "./anchors.ts";

interface Link {
  readonly address: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface Page {
  readonly links: readonly Link[];
  readonly anchors: ReadonlySet<string>;
  /** What the page writes in a way that is not looked at here. */
  readonly problems: readonly { readonly what: string; readonly line: number }[];
}

const FENCE = /^[\s>]*(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$/;
const CODE_SPAN = /(?<!`)(`+)(?!`)([\s\S]*?)(?<!`)\1(?!`)/g;
/** `](address "title")`, the address with parentheses in pairs or in angle brackets. */
const INLINE_LINK =
  /\]\(\s*(?:<(?<bracketed>[^<>\n]*)>|(?<plain>(?:[^\s()]|\([^\s()]*\))+))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/g;
const DEFINITION = /^ {0,3}\[(?!\^)(?<name>[^\]]+)\]:\s*<?(?<address>[^\s>]+)/gm;
const REFERENCE = /\]\[(?<name>[^\]]*)\]/g;
const ATTRIBUTE = /<[a-z][^<>]*?\s(?:href|src)\s*=\s*["'](?<address>[^"']*)["']/gi;
const BARE =
  /(?<![\w("'<=/[\]:]|\]\()<?(?<address>https?:\/\/[^\s<>"'`|\]]*[^\s<>"'`|\].,;:!?)*_])/gi;
const IDENTIFIER = /<[a-z][^<>]*?\s(?:id|name)\s*=\s*["'](?<name>[^"']*)["']/gi;

export function readPage(source: string): Page {
  const prose = withoutComments(withoutFences(source.replaceAll("\r\n", "\n")));
  const lines = prose.split("\n");
  const headings = lines.flatMap((line) => HEADING.exec(line)?.[1] ?? []);
  const text = prose.replace(CODE_SPAN, (span) => span.replace(/[^\n]/g, "x"));
  const identifiers = [...text.matchAll(IDENTIFIER)].map(({ groups }) => groups?.["name"] ?? "");
  const problems = lines.flatMap((line, index) =>
    /^ {0,3}(?:=+|-+)\s*$/.test(line) && /^ {0,3}[^\s|>*+-]/.test(lines[index - 1] ?? "")
      ? [{ what: 'Write headings with "#".', line: index }]
      : [],
  );
  const definitions = new Set([...text.matchAll(DEFINITION)].map(nameOf));
  for (const match of text.matchAll(REFERENCE)) {
    const name = nameOf(match);
    if (name !== "" && !definitions.has(name)) {
      problems.push({ what: `[${name}] is defined nowhere.`, line: lineAt(text, match.index) });
    }
  }
  const links = [INLINE_LINK, DEFINITION, ATTRIBUTE, BARE].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ index, groups }) => ({
      address: groups?.["bracketed"] ?? groups?.["plain"] ?? groups?.["address"] ?? "",
      line: lineAt(text, index),
    })),
  );
  const anchors = new Set([...anchorsOf(headings.map(plainText)), ...identifiers]);
  return { links, anchors, problems };
}

/** Blank lines in place of fenced code. */
function withoutFences(source: string): string {
  let fence: string | undefined;
  return source
    .split("\n")
    .map((line) => {
      const mark = FENCE.exec(line)?.[1];
      if (fence === undefined) {
        fence = mark;
        return mark === undefined ? line : "";
      }
      if (mark?.startsWith(fence) && /^[\s>]*[`~]+\s*$/.test(line)) fence = undefined;
      return "";
    })
    .join("\n");
}

function withoutComments(text: string): string {
  return text.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ""));
}

/** What a reader sees of a heading. */
function plainText(heading: string): string {
  const spans: string[] = [];
  return heading
    .replace(CODE_SPAN, (_span, _marks, code: string) => {
      spans.push(/^ .*\S.* $/.test(code) ? code.slice(1, -1) : code);
      return `\0${spans.length - 1}\0`;
    })
    .replace(/!\[[^\]]*\]\([^)]*\)/g, "")
    .replace(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replace(/<[a-z/][^<>]*>/gi, "")
    .replace(/(?<!\\)(\*{1,3})(\S(?:.*?\S)?)\1/g, "$2")
    .replace(/(?<![\w\\])(_{1,3})(\S(?:.*?\S)?)\1(?!\w)/g, "$2")
    .replace(/\\(?=[!-/:-@[-`{-~])/g, "")
    .replace(/\0(\d+)\0/g, (_mark, index: string) => spans[Number(index)] ?? "");
}

function nameOf({ groups }: RegExpExecArray): string {
  return (groups?.["name"] ?? "").toLowerCase();
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
