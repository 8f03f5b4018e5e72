/**
 * TypeScript sources as trees.
 *
 * @module
 */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseSync } from "oxc-parser";

/** A node of a tree; which other members it has follows from its type. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly body: readonly Node[];
  readonly comments: readonly { readonly value: string; readonly end: number }[];
}

const parsed = new Map<string, SourceFile>();

/** The folders of the public packages. */
export const packageNames = (): readonly string[] =>
  globSync("packages/*")
    .map((path) => basename(path))
    .filter((name) => name !== "benchmarks")
    .sort();

/** The files of a package's `src`, by the name of its folder. */
export function sourcesOf(packageName: string): readonly SourceFile[] {
  return globSync(`packages/${packageName}/src/**/*.ts`).sort().map(parse);
}

/** A statement of a package's source that stands in no other one. */
interface Statement {
  readonly owner: string;
  readonly file: SourceFile;
  readonly statement: Node;
}

/** Those of all packages. */
export const allStatements = (): readonly Statement[] =>
  packageNames().flatMap((owner) =>
    sourcesOf(owner).flatMap((file) => file.body.map((statement) => ({ owner, file, statement }))),
  );

function parse(path: string): SourceFile {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(path, "utf8");
  const { program, comments } = parseSync(path, text);
  const file = { path, text, body: program.body as unknown as readonly Node[], comments };
  parsed.set(path, file);
  return file;
}

/** Where a node stands, as editors read it. */
export function placeOf(file: SourceFile, node: Node): string {
  return `${file.path}:${file.text.slice(0, node.start).split("\n").length}`;
}

/** The declaration of a statement, exported or not. */
export function declarationOf(statement: Node): Node {
  return (statement.declaration as Node | null | undefined) ?? statement;
}

export const nameOf = (node: unknown): string => String((node as { name?: unknown } | null)?.name);

/** Calls `visit` for each node below and including `root`, with the nodes around it, innermost first. */
export function walk(
  root: unknown,
  visit: (node: Node, parents: readonly Node[]) => void,
  parents: readonly Node[] = [],
): void {
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit, parents);
  } else if (isNode(root)) {
    visit(root, parents);
    const within = [root, ...parents];
    for (const member of Object.values(root)) walk(member, visit, within);
  }
}

const isNode = (value: unknown): value is Node =>
  typeof (value as { type?: unknown } | null)?.type === "string";

/**
 * The text of a string or template, with … for each value in a template; of `a ? b : c`, both. Nothing
 * for any other expression.
 */
export function textsOf(node: Node): readonly string[] {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" ? [node.value] : [];
    case "TemplateLiteral": {
      const parts = (node.quasis as readonly { value: { cooked: string } }[]).map(
        ({ value }) => value.cooked,
      );
      return [parts.join("…")];
    }
    case "ConditionalExpression":
      return [...textsOf(node.consequent as Node), ...textsOf(node.alternate as Node)];
    default:
      return [];
  }
}
