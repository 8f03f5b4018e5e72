/**
 * Whether the defaults that the code has are those of the doc comments.
 *
 * @module
 */
import { documentedDefaults } from "./options.ts";
import { declarationOf, type Node, nameOf, placeOf, sourcesOf, walk } from "./source.ts";

/**
 * The defaults of a package that are another than its documentation says, as far as they are literals: the
 * value of a destructured variable of the option's name (`reserveMs = 500`), or what a table of the module has
 * under that name (`maxBytes: [1_048_576, ...]`).
 */
export function wrongDefaults(owner: string): readonly string[] {
  const documented = documentedDefaults(owner);
  const problems: string[] = [];
  for (const file of sourcesOf(owner)) {
    const check = (key: unknown, value: Node): void => {
      const name = nameOf(key);
      const texts = documented.get(name);
      const text = textOf(value);
      if (texts === undefined || text === undefined) return;
      if (texts.some((one) => begins(bare(one), bare(text)))) return;
      const said = texts.join('" or "');
      problems.push(`${placeOf(file, value)}: ${name} is ${text}, but its comment says "${said}".`);
    };
    walk(file.body, (node, [parent]) => {
      if (node.type !== "AssignmentPattern" || parent?.type !== "Property") return;
      check(node.left, node.right as Node);
    });
    for (const table of file.body.flatMap(tablesOf)) {
      const isOfOptions = table.length > 2 && table.every(([key]) => documented.has(nameOf(key)));
      for (const [key, value] of isOfOptions ? table : []) check(key, value);
    }
  }
  return problems;
}

type Member = readonly [key: unknown, value: Node];

/** The members of each object that a module has as a constant. */
function tablesOf(statement: Node): readonly (readonly Member[])[] {
  const { type, declarations } = declarationOf(statement);
  if (type !== "VariableDeclaration") return [];
  return (declarations as readonly Node[]).flatMap(({ init }) => {
    const object = without(init as Node | null);
    if (object?.type !== "ObjectExpression") return [];
    const members = (object.properties as readonly Node[]).filter((one) => one.type === "Property");
    return [members.map(({ key, value }) => [key, value as Node] as const)];
  });
}

/** The expression before `as const` and its like. */
const without = (node: Node | null): Node | null =>
  node?.type.startsWith("TS") ? without(node.expression as Node) : node;

/** A literal, or the first element of an array. */
function textOf(node: Node): string | undefined {
  const [first] = (node.elements ?? [node]) as readonly Node[];
  return first?.type === "Literal" && first.value !== null ? String(first.value) : undefined;
}

/** What stands behind a number must not make it another one. */
const begins = (said: string, value: string): boolean =>
  said.startsWith(value) && !/^\d/.test(said.slice(value.length));

/** Without what makes a number, or a list, readable. */
const bare = (text: string): string => text.replace(/[ ,.;`"[\]]/g, "");
