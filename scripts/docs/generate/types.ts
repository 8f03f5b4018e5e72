/**
 * Types as a reader of a table wants them: alternatives spelled out, without what only the compiler needs.
 *
 * @module
 */
import { cell } from "./markdown.ts";
import { allStatements, declarationOf, type Node, nameOf, type SourceFile } from "./source.ts";

/** What a type of another package is called in a table. */
const WORDS: Readonly<Record<string, string>> = {
  ClientOf: "an SDK client",
  ConfigOf: "the SDK client's configuration",
  Context: "Lambda's `Context`",
  ConstructorOptions: "the options to make one",
  KMSClient: "`KMSClient`",
  Logger: "Powertools `Logger`",
  Metrics: "Powertools `Metrics`",
  Middleware: "a middleware",
  StandardSchemaV1: "Standard Schema",
};

interface Alias {
  readonly type: Node;
  readonly file: SourceFile;
}

let known: Map<string, Alias> | undefined;

/** The type aliases of all packages by name. */
function aliases(): ReadonlyMap<string, Alias> {
  if (known !== undefined) return known;
  known = new Map();
  for (const { file, statement } of allStatements()) {
    const { type, id, typeParameters, typeAnnotation } = declarationOf(statement);
    if (type !== "TSTypeAliasDeclaration" || typeParameters !== null) continue;
    known.set(nameOf(id), { type: typeAnnotation as Node, file });
  }
  return known;
}

/** The strings that a type of literals stands for, such as the names of the vocabulary. */
export function literalsOf(name: string): readonly string[] {
  const alias = aliases().get(name);
  if (alias === undefined) throw new Error(`There is no type alias ${name}.`);
  return alternativesOf(alias.type, alias.file).map(({ code }) => String(JSON.parse(code)));
}

interface Alternative {
  readonly code: string;
  /** Where a code span does not say it best. */
  readonly words?: string | undefined;
}

/** A type in a cell of a table: code spans, between which a line may be broken. */
export function typeCell(
  type: Node,
  file: SourceFile,
  linkOf: (name: string) => string | undefined,
): string {
  const parts = alternativesOf(type, file).map(({ code, words }) => {
    const link = linkOf(code);
    const span = words ?? `\`${cell(code)}\``;
    return link === undefined ? span : `[${span}](${link})`;
  });
  const last = parts.pop();
  return parts.length === 0 ? String(last) : `${parts.join(", ")} or ${last}`;
}

function alternativesOf(type: Node, file: SourceFile): readonly Alternative[] {
  switch (type.type) {
    case "TSUndefinedKeyword":
      return [];
    case "TSUnionType":
      return (type.types as readonly Node[]).flatMap((one) => alternativesOf(one, file));
    case "TSParenthesizedType":
    case "TSTypeOperator":
      return alternativesOf(type.typeAnnotation as Node, file);
    case "TSTemplateLiteralType":
      return templatesOf(type, file).map((text) => ({ code: JSON.stringify(text) }));
    case "TSTypeReference": {
      const name = nameOf(type.typeName);
      const [argument, picked] = argumentsOf(type);
      if (name === "Readonly" && argument !== undefined) return alternativesOf(argument, file);
      if (name === "Extract" && picked !== undefined) return alternativesOf(picked, file);
      const alias = aliases().get(name);
      if (WORDS[name] === undefined && alias !== undefined && isPlain(alias.type)) {
        return alternativesOf(alias.type, alias.file);
      }
      return [{ code: codeOf(type, file), words: WORDS[name] }];
    }
    default:
      return [{ code: codeOf(type, file) }];
  }
}

const argumentsOf = (type: Node): readonly Node[] =>
  ((type.typeArguments as { params?: readonly Node[] } | null)?.params ?? []) as readonly Node[];

/** Whether a name hides something that is better said: strings to choose from, or a function. */
const isPlain = (type: Node): boolean =>
  ["TSUnionType", "TSFunctionType", "TSTemplateLiteralType", "TSLiteralType"].includes(type.type) ||
  nameOf(type.typeName) === "Extract";

/** All texts of a template of literals. */
function templatesOf(type: Node, file: SourceFile): readonly string[] {
  const quasis = (type.quasis as readonly { value: { cooked: string } }[]).map(
    ({ value }) => value.cooked,
  );
  let texts = [quasis[0] ?? ""];
  for (const [index, part] of (type.types as readonly Node[]).entries()) {
    const choices = alternativesOf(part, file).map(({ code }) => String(JSON.parse(code)));
    const next = quasis[index + 1] ?? "";
    texts = texts.flatMap((text) => choices.map((choice) => text + choice + next));
  }
  return texts;
}

/** The source of a type without `readonly`, on one line. */
function codeOf(type: Node, file: SourceFile): string {
  let code = file.text
    .slice(type.start, type.end)
    .replace(/\breadonly /g, "")
    .replace(/ \| undefined(?=[;,}])/g, "")
    .replace(/\s+/g, " ");
  while (/\bReadonly</.test(code)) code = code.replace(/\bReadonly<(.*)>/, "$1");
  return code.replace(/\b[A-Z]\w+\b/g, (name) => {
    const alias = aliases().get(name);
    if (alias === undefined || !isPlain(alias.type)) return name;
    return alternativesOf(alias.type, alias.file)
      .map((one) => one.code)
      .join(" | ");
  });
}
