/**
 * From what a provider returns to the value of a secret.
 *
 * @module
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { InvalidSecret } from "./load-failure.ts";

/** The form of a secret's value. */
export type SecretForm = "binary" | "json" | "text";

/**
 * Reads a value in its form and validates it.
 *
 * @throws InvalidSecret when it is empty, has another form or does not match.
 */
export async function readValue(
  raw: unknown,
  form: SecretForm,
  schema: StandardSchemaV1 | undefined,
): Promise<unknown> {
  const value = readForm(raw, form);
  if (schema === undefined) return value;
  let result: StandardSchemaV1.Result<unknown>;
  try {
    result = await schema["~standard"].validate(value);
  } catch {
    throw new InvalidSecret("could not be validated: its schema threw an error");
  }
  if (result.issues === undefined) return result.value;
  throw new InvalidSecret(`does not match its schema at ${pointerOf(result.issues[0])}`);
}

function readForm(raw: unknown, form: SecretForm): unknown {
  const isBytes = raw instanceof Uint8Array;
  // An empty key would sign and encrypt as willingly as a good one.
  if (raw === undefined || raw === null || raw === "" || (isBytes && raw.length === 0)) {
    throw new InvalidSecret("has no value");
  }
  if (typeof raw !== "string" && !isBytes) {
    if (form === "json") return raw; // Some providers return values that are parsed already.
    throw new InvalidSecret("is neither text nor bytes");
  }
  // A copy: what is zeroed later must be nobody else's.
  if (form === "binary") return isBytes ? new Uint8Array(raw) : new TextEncoder().encode(raw);
  const text = isBytes ? decode(raw) : raw;
  return form === "json" ? parse(text) : text;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidSecret("is not well-formed UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidSecret("is not JSON");
  }
}

const MAX_SEGMENTS = 16;

/** What the name of a field looks like: words of letters, not too long. */
const FIELD_NAME = /^(?=.{1,32}$)[A-Za-z]+(?:[_-][A-Za-z]+)*$/;

/**
 * RFC 6901 JSON Pointer of an issue, as a URI fragment. In a map the keys belong to the value, so
 * what does not look like the name of a field is shown as `*`.
 */
function pointerOf(issue: StandardSchemaV1.Issue | undefined): string {
  const path = (issue?.path ?? []).slice(0, MAX_SEGMENTS);
  const segments = path.map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "number" || FIELD_NAME.test(String(key)) ? String(key) : "*";
  });
  return ["#", ...segments].join("/");
}
