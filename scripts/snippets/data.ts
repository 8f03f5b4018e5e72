/** Parses the blocks of data and templates: JSON, YAML, and JavaScript. */
import { parseSync } from "oxc-parser";
import { parseDocument } from "yaml";
import type { Block, Problem } from "./markdown.ts";

/** What the languages are called here; every other one is a mistake or wants a check of its own. */
const UNCHECKED = new Set(["text", "http", "diff", "mermaid"]);
const SYNONYMS: Readonly<Record<string, string>> = {
  typescript: "ts",
  javascript: "js",
  mjs: "js",
  yml: "yaml",
  bash: "sh",
  shell: "sh",
  console: "sh",
  jsonc: "json",
};

/** The short forms of CloudFormation's intrinsic functions. */
const TAGS = ["Ref", "Sub", "GetAtt", "Join", "If", "Equals", "Select", "Split", "ImportValue"].map(
  (name) => ({
    tag: `!${name}`,
    resolve: (value: unknown) => value,
  }),
);
const CUSTOM_TAGS = TAGS.flatMap((tag) => [
  tag,
  { ...tag, collection: "seq" as const },
  { ...tag, collection: "map" as const },
]);

export function checkData(block: Block): Problem | undefined {
  const { language } = block;
  const text = block.lines.map((line) => line.text).join("\n");
  if (language === "json") return at(block, jsonFault(text));
  if (language === "yaml") return at(block, yamlFault(text));
  if (language === "js") {
    const [error] = parseSync("snippet.mjs", text).errors;
    return at(block, error?.message);
  }
  if (language === "ts" || language === "sh" || UNCHECKED.has(language)) return undefined;
  const { page, line } = block;
  const toDo = SYNONYMS[language] ?? "ts, js, json, yaml, sh, or text for everything else";
  const what = language === "" ? "a block names no language." : `${language} is not checked.`;
  return { page, line, what, toDo: `Write ${toDo} after the fence.` };
}

export const isParsed = ({ language }: Block): boolean => /^(?:json|yaml|js)$/.test(language);

function at({ page, line, language }: Block, fault: string | undefined): Problem | undefined {
  if (fault === undefined) return undefined;
  const toDo = "Mend it; call it text if it is only a part of a document.";
  return { page, line, what: `${language} cannot be parsed: ${fault}`, toDo };
}

/** One document, or one on each line as in a log. */
function jsonFault(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const isLog = lines.length > 1 && lines.every((line) => line.startsWith("{"));
    const faults = isLog ? lines.map(jsonFault).filter((fault) => fault !== undefined) : [];
    return isLog && faults.length === 0 ? undefined : (faults[0] ?? (error as Error).message);
  }
}

function yamlFault(text: string): string | undefined {
  const { errors, warnings } = parseDocument(text, { customTags: CUSTOM_TAGS });
  return [...errors, ...warnings][0]?.message.split("\n")[0];
}
