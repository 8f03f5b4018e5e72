/**
 * Whether the documentation names everything that a package may say, and nothing else: the codes of its
 * public errors with their statuses, its security events with their severities, its messages to developers.
 *
 * What this check does not understand fails it, rather than that it stays undocumented.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import {
  type SecurityEventName,
  severityOf,
  statusTitle,
} from "../../../packages/core/src/index.ts";
import { type Facts, factsOf, patternOf } from "./facts.ts";
import { codeSpansOf, sectionOf, tablesOf } from "./markdown.ts";
import { readmeOf, readmeSection } from "./readme-tables.ts";
import { literalsOf } from "./types.ts";

/** What core throws for the packages that call these functions. */
const FROM_CORE: Readonly<Record<string, readonly string[]>> = {
  bodyText: ["invalid_base64", "invalid_encoding"],
  decodeBase64: ["invalid_base64"],
};

/** Functions of core by which a package refuses or publishes. */
const PUBLISHERS = ["publishSecurityEvent", "refuse", "rejectRecords", "PublicError"];

/** What the documentation of a package lacks, or says that is not so. */
export function undocumented(owner: string): readonly string[] {
  const facts = factsOf(owner);
  if (owner === "core") {
    const known = new Set(Object.values(FROM_CORE).flat());
    const codes = facts.codes.filter(({ text }) => !known.has(text));
    const unknown = codes.map(({ text, place }) => `${place}: who throws ${text}? See FROM_CORE.`);
    return [...unknown, ...extensionProblems(), ...messageProblems(owner, facts, [], "")];
  }
  const errors = readmeSection(owner, "Errors");
  const published = readmeSection(owner, "Security events");
  if (errors === undefined || published === undefined) {
    return [
      `${readmeOf(owner)}: no table of "Errors" or "Security events" with the usual columns.`,
    ];
  }
  const rows = errors.table.rows.map(([status = "", code = "", detail = ""]) => ({
    status,
    codes: codeSpansOf(code),
    details: codeSpansOf(detail).filter(isSentence),
  }));
  const named = codeSpansOf(`${errors.text}\n${published.text}`);
  const details = rows.flatMap((row) => row.details);
  return [
    ...codeProblems(owner, facts, rows, named),
    ...eventProblems(owner, facts, published.table.rows),
    ...messageProblems(owner, facts, details, errors.text),
  ];
}

const isPublisher = ({ imports }: Facts): boolean => PUBLISHERS.some((name) => imports.has(name));

interface ErrorRow {
  readonly status: string;
  readonly codes: readonly string[];
}

function codeProblems(
  owner: string,
  facts: Facts,
  rows: readonly ErrorRow[],
  named: readonly string[],
): string[] {
  const problems: string[] = [];
  const readme = readmeOf(owner);
  const publishes = isPublisher(facts);
  for (const { text, place } of publishes ? facts.codes : []) {
    if (!named.some((name) => patternOf(text).test(name))) {
      problems.push(`${place}: ${readme} does not name ${text}.`);
    }
  }
  for (const [name, codes] of Object.entries(FROM_CORE)) {
    for (const code of publishes && facts.imports.has(name) ? codes : []) {
      if (!named.includes(code)) problems.push(`${readme} does not name ${code} of ${name}.`);
    }
  }
  const said = [...facts.codes, ...facts.events, ...factsOf("core").codes];
  for (const code of rows.flatMap(({ codes }) => codes)) {
    const isSaid = said.some(({ text }) => patternOf(text).test(code)) || STATUS_CODES.has(code);
    if (!isSaid) problems.push(`${readme}: nothing in the source is called ${code}.`);
  }
  for (const { text, place, status } of facts.statuses) {
    const own = rows.filter(({ codes }) => codes.some((code) => patternOf(text).test(code)));
    if (own.length > 0 && !own.some((row) => row.status.includes(String(status)))) {
      problems.push(`${place}: ${readme} does not say that ${text} has the status ${status}.`);
    }
  }
  return problems;
}

/** The codes that `PublicError` makes of a status. */
const STATUS_CODES: ReadonlySet<string> = new Set(
  Array.from({ length: 200 }, (_, index) =>
    statusTitle(400 + index)
      .toLowerCase()
      .replace(/\W+/g, "_"),
  ),
);

function eventProblems(
  owner: string,
  facts: Facts,
  rows: readonly (readonly string[])[],
): string[] {
  const problems: string[] = [];
  const readme = readmeOf(owner);
  const documented = rows.flatMap(([event = "", severity = ""]) =>
    codeSpansOf(event).map((name) => ({ name, severity })),
  );
  for (const { text, place } of isPublisher(facts) ? facts.events : []) {
    if (!documented.some(({ name }) => name === text)) {
      problems.push(`${place}: ${readme} does not name ${text}.`);
    }
  }
  const published = new Set(facts.events.map(({ text }) => text));
  // What core publishes where no other name is given.
  if (facts.imports.has("refuse") || facts.imports.has("rejectRecords")) {
    published.add("input_validation_fail");
  }
  for (const { name, severity } of documented) {
    if (!published.has(name)) problems.push(`${readme}: the source never publishes ${name}.`);
    const usual = severityOf(name as SecurityEventName);
    if (["WARN", "CRITICAL"].includes(severity) && severity !== usual) {
      problems.push(`${readme}: ${name} is ${usual}, not ${severity}.`);
    }
  }
  return problems;
}

/** Of the README of core, which names the events that the vocabulary does not have. */
function extensionProblems(): string[] {
  const readme = readmeOf("core");
  const section = sectionOf(readFileSync(readme, "utf8"), "Security events") ?? "";
  const table = tablesOf(section).find(({ header }) => header.join() === "Name,Level,When");
  const rows = (table?.rows ?? []).map(([name = "", level]) => `${codeSpansOf(name)} ${level}`);
  const names = literalsOf("ExtensionEventName") as readonly SecurityEventName[];
  const expected = names.map((name) => `${name} ${severityOf(name)}`);
  return expected.sort().join() === rows.sort().join()
    ? []
    : [`${readme}: the table of further names has to be: ${expected.join(", ")}.`];
}

/**
 * Of the page of a package, whose tables name its messages.
 *
 * @param details the messages to callers.
 * @param more text of the README that counts as well.
 */
function messageProblems(
  owner: string,
  facts: Facts,
  details: readonly string[],
  more: string,
): string[] {
  const page = `docs/middlewares/${owner}.md`;
  if (!existsSync(page)) return [`${page} does not exist.`];
  const problems: string[] = [];
  const text = readFileSync(page, "utf8");
  const documented = `${text}\n${more}`.replaceAll("\\|", "|");
  for (const sentence of facts.sentences) {
    if (!patternOf(sentence.text, "").test(documented)) {
      problems.push(`${sentence.place}: ${page} does not name the message "${sentence.text}".`);
    }
  }
  const texts = [...facts.texts, ...factsOf("core").texts].filter((one) =>
    /[a-z]{8}|[a-z] [a-z]/i.test(one),
  );
  for (const message of [...details, ...developerMessages(text)]) {
    // The place of a wrong option stands in front of what is wrong with it.
    const forms = [message, message.replace(/^\w+\["…"\]: /, "")];
    if (!texts.some((one) => forms.some((form) => patternOf(one).test(form)))) {
      problems.push(`${page}: nothing in the source says "${message}".`);
    }
  }
  return problems;
}

const isSentence = (span: string): boolean => span.includes(" ");

/** The messages in the tables for developers, and the reasons that they may give. */
function developerMessages(page: string): readonly string[] {
  const section = sectionOf(page, "Messages to developers") ?? "";
  return tablesOf(section)
    .filter(({ header }) => header[0] === "Message" || header[0] === "Reason")
    .flatMap(({ rows }) => rows.flatMap(([message = ""]) => codeSpansOf(message)))
    .filter(isSentence);
}
