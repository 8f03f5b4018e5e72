/**
 * What a package says, as far as its source tells: codes, security events and sentences.
 *
 * The source is read for literals, not run: whatever looks like a code or a sentence counts as one.
 *
 * @module
 */
import { type Node, nameOf, placeOf, sourcesOf, textsOf, walk } from "./source.ts";
import { literalsOf } from "./types.ts";

/** Texts that nobody is told, or files of them. */
const NOT_SAID: Readonly<Record<string, readonly string[]>> = {
  // A member of Lambda's event, and the titles of statuses.
  core: ["raw_path", "src/status.ts"],
  // Both end in an event: the leak in `response_leak`, the other in `sys_crash`.
  "error-sanitizer": ["The stream leaks.", "The stream ended early."],
  // What Valibot calls its issues.
  "input-validator": ["strict_object"],
  // The command's usage, which it prints and its README shows.
  "kms-decryptor": ["src/command-line.ts"],
  // What a decompressor gives.
  "payload-guard": ["too_large"],
  // The value of a header.
  "security-headers": ["src/recommended-headers.ts"],
  // Words that the redactor looks for, what it shows in the place of a value, and a symbol.
  "security-logger": [
    "src/redact/container.ts",
    "src/redact/copy.ts",
    "src/redact/names.ts",
    "src/redact/tokens.ts",
    "members at any depth",
  ],
};

/** Functions that make the rule of an option of what it expects. */
const RULES = ["atLeast", "atLeastOne", "having", "limitOf", "listOf"];

interface Said {
  readonly text: string;
  readonly place: string;
}

/** What a package's source says. */
export interface Facts {
  readonly imports: ReadonlySet<string>;
  readonly events: readonly Said[];
  readonly codes: readonly Said[];
  /** Codes that stand beside a status. */
  readonly statuses: readonly (Said & { readonly status: number })[];
  /** Messages to callers and developers. */
  readonly sentences: readonly Said[];
  /** The outermost of them, by which documented messages are known. */
  readonly texts: readonly string[];
}

const CODE = /^[a-z]+(?:_(?:[a-z\d]+|…))+$/;
/** Three words at least. */
const SENTENCE = /[A-Za-z]["…]?[:,]? ["(]?[a-z…]+["…]?[:,]? .*\w/;

const events = new Set(literalsOf("SecurityEventName"));

export function factsOf(owner: string): Facts {
  const imports = new Set<string>();
  const facts = {
    imports,
    events: [] as Said[],
    codes: [] as Said[],
    statuses: [] as (Said & { status: number })[],
    sentences: [] as Said[],
    texts: [] as string[],
  };
  const ignored = NOT_SAID[owner] ?? [];
  for (const file of sourcesOf(owner)) {
    if (ignored.some((path) => file.path.endsWith(path))) continue;
    for (const statement of file.body) {
      if (statement.type === "ImportDeclaration") {
        for (const specifier of statement.specifiers as readonly Node[]) {
          imports.add(nameOf(specifier.imported));
        }
      }
      if (statement.source) continue;
      walk(statement, (node, parents) => {
        if (node.type !== "Literal" && node.type !== "TemplateLiteral") return;
        if (parents.some(isType)) return;
        for (const text of textsOf(node)) {
          if (ignored.includes(text)) continue;
          const said = { text, place: placeOf(file, node) };
          facts.texts.push(text);
          if (events.has(text)) facts.events.push(said);
          else if (CODE.test(text)) {
            facts.codes.push(said);
            const status = statusBeside(parents);
            if (status !== undefined) facts.statuses.push({ ...said, status });
          } else if (SENTENCE.test(text) && !isAside(parents)) facts.sentences.push(said);
        }
      });
    }
  }
  return facts;
}

const isType = ({ type }: Node): boolean =>
  type.startsWith("TS") && !/^TS(?:As|Satisfies|NonNull)Expression$/.test(type);

/**
 * Whether a text is said together with what is documented: the description of a security event, or what an
 * option is expected to be.
 */
const isAside = (parents: readonly Node[]): boolean =>
  parents
    .slice(0, 3)
    .some(
      ({ key, id, callee }) =>
        ["description", "expected"].includes(nameOf(key ?? id)) || RULES.includes(nameOf(callee)),
    );

/** The status among the arguments, elements or members beside a code. */
function statusBeside(parents: readonly Node[]): number | undefined {
  for (const parent of parents.slice(0, 4)) {
    const beside = (parent.arguments ?? parent.elements ?? parent.properties) as
      | readonly Node[]
      | undefined;
    for (const one of beside ?? []) {
      const value = one.type === "Property" ? (one.value as Node) : one;
      const isStatus = one.type !== "Property" || nameOf(one.key) === "statusCode";
      if (isStatus && typeof value.value === "number" && value.value >= 400 && value.value < 600) {
        return value.value;
      }
    }
    if (parent.type.endsWith("Statement")) return undefined;
  }
  return undefined;
}

/**
 * What a text may come to, without the name of the package in front, which a page leaves out. Where the text
 * has …, a page may have … too.
 */
export function patternOf(text: string, end = "$"): RegExp {
  const parts = text
    .replace(/^(?:@middy-hardening\/[\w-]+|…): (?=.*\w)/, "")
    .trim()
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`${end === "" ? "" : "^"}${parts.join(".+?")}${end}`);
}
