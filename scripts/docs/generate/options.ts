/**
 * The table of a factory's options, from the doc comments of their interface.
 *
 * An option is a member of an exported interface called `...Options`. Its doc comment says what it does,
 * and ends with `Default: TEXT.` or `Required.` A member whose type is itself such an interface is an
 * object of options: each of its members has a row, called `cors.origins`.
 *
 * @module
 */
import { cell, linkTo, type Row, tableOf } from "./markdown.ts";
import {
  allStatements,
  declarationOf,
  type Node,
  nameOf,
  placeOf,
  type SourceFile,
} from "./source.ts";
import { typeCell } from "./types.ts";

interface Option {
  readonly name: string;
  readonly type: Node;
  readonly file: SourceFile;
  readonly place: string;
  /** The text of the doc comment, on one line. */
  readonly comment: string;
}

interface OptionInterface {
  readonly name: string;
  /** The package's folder. */
  readonly owner: string;
  readonly base: string | undefined;
  readonly options: readonly Option[];
}

/** Interfaces called `...Options` that are no options of a factory: parameters of a class or of one call. */
const NOT_OPTIONS = new Set(["PublicErrorOptions"]);

let known: Map<string, OptionInterface> | undefined;

/** All interfaces of options by name. */
function interfaces(): ReadonlyMap<string, OptionInterface> {
  if (known !== undefined) return known;
  known = new Map();
  for (const { owner, file, statement } of allStatements()) {
    if (statement.type !== "ExportNamedDeclaration") continue;
    const declaration = declarationOf(statement);
    if (declaration.type !== "TSInterfaceDeclaration") continue;
    const name = nameOf(declaration.id);
    if (!name.endsWith("Options") || NOT_OPTIONS.has(name)) continue;
    known.set(name, { name, owner, ...membersOf(declaration, file) });
  }
  return known;
}

function membersOf(declaration: Node, file: SourceFile): Pick<OptionInterface, "base" | "options"> {
  const [heritage] = declaration.extends as readonly { readonly expression: Node }[];
  const { body } = declaration.body as { readonly body: readonly Node[] };
  const options = body
    .filter(({ type }) => type === "TSPropertySignature")
    .map((member) => ({
      name: nameOf(member.key),
      type: (member.typeAnnotation as { typeAnnotation: Node }).typeAnnotation,
      file,
      place: placeOf(file, member),
      comment: commentOf(member, file),
    }));
  return { base: heritage && nameOf(heritage.expression), options };
}

function commentOf(member: Node, { text, comments }: SourceFile): string {
  const comment = comments.findLast(
    ({ end }) => end <= member.start && text.slice(end, member.start).trim() === "",
  );
  return (comment?.value ?? "")
    .replace(/^\s*\*/gm, "")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}

/** The names of the interfaces of a package that have a table: all but those that are a part of another one. */
export function optionInterfacesOf(owner: string): readonly string[] {
  const own = [...interfaces().values()].filter((one) => one.owner === owner);
  const nested = new Set(own.flatMap(({ options }) => options.flatMap(innerNames)));
  return own.map(({ name }) => name).filter((name) => !nested.has(name));
}

const innerNames = ({ type, file }: Option): readonly string[] =>
  file.text.slice(type.start, type.end).match(/\b\w+Options\b/g) ?? [];

export interface OptionTable {
  readonly markdown: string;
  readonly problems: readonly string[];
}

/** The table of an interface's options, for a page. */
export function optionTable(name: string, page: string): OptionTable {
  const whole = interfaces().get(name);
  if (whole === undefined) return { markdown: "", problems: [`There are no options ${name}.`] };
  const rows: Row[] = [];
  const problems: string[] = [];

  const linkOf = (code: string): string | undefined => {
    const other = interfaces().get(code);
    return other === undefined || other.owner === whole.owner
      ? undefined
      : linkTo(`packages/${other.owner}/README.md`, page);
  };
  const add = (options: readonly Option[], prefix: string): void => {
    for (const option of options) {
      const text = partsOf(option.comment);
      if (text === undefined) {
        problems.push(
          `${option.place}: the doc comment of ${option.name} does not end with "Default: ... ." or "Required."`,
        );
        continue;
      }
      const type = typeCell(option.type, option.file, linkOf);
      rows.push([`\`${prefix}${option.name}\``, type, cell(text.default), cell(text.effect)]);
      for (const inner of innerNames(option)) {
        const members = interfaces().get(inner);
        if (members?.owner === whole.owner) add(members.options, `${prefix}${option.name}.`);
      }
    }
  };
  add(whole.options, "");
  const table = tableOf(["Option", "Type", "Default", "What it does"], rows);
  return { markdown: table + inherited(whole, page), problems };
}

/** The names of the options that an interface takes over from another one. */
function inherited({ base }: OptionInterface, page: string): string {
  const from = interfaces().get(base ?? "");
  if (from === undefined) return "";
  const names = from.options.map(({ name }) => `\`${name}\``).join(", ");
  const link = linkTo(`packages/${from.owner}/README.md`, page);
  return `\n\nBesides, all of [\`${from.name}\`](${link}): ${names}.`;
}

/** The documented defaults of a package's options, by name; several where interfaces share a name. */
export function documentedDefaults(owner: string): ReadonlyMap<string, readonly string[]> {
  const defaults = new Map<string, string[]>();
  for (const { owner: own, options } of interfaces().values()) {
    for (const { name, comment } of own === owner ? options : []) {
      const text = partsOf(comment)?.default;
      if (text !== undefined) defaults.set(name, [...(defaults.get(name) ?? []), text]);
    }
  }
  return defaults;
}

/** The last sentence of a comment is its default. */
function partsOf(comment: string): { effect: string; default: string } | undefined {
  const [all, text] = /(?:Default: (.+?)|Required)\.$/.exec(comment) ?? [];
  if (all === undefined) return undefined;
  return { effect: comment.slice(0, -all.length).trim(), default: text ?? "required" };
}
