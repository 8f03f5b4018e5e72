/**
 * From what a provider returns to the value of a secret.
 *
 * @module
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { LoadFailure } from "./load-failure.ts";

/** The form of a secret's value. */
export type SecretForm = "binary" | "json" | "text";

/**
 * Reads a value in its form and validates it.
 *
 * @throws LoadFailure when it is empty, has another form or does not match.
 */
export async function readValue(
  raw: unknown,
  form: SecretForm = "text",
  schema?: StandardSchemaV1,
): Promise<unknown> {
  const value = readForm(raw, form);
  if (schema === undefined) return value;
  let result: StandardSchemaV1.Result<unknown>;
  try {
    result = await schema["~standard"].validate(value);
  } catch {
    throw new LoadFailure("could not be validated: its schema threw an error", true);
  }
  if (result.issues === undefined) return result.value;
  throw new LoadFailure(`does not match its schema at ${pointerOf(result.issues[0])}`, true);
}

function readForm(raw: unknown, form: SecretForm): unknown {
  const isBytes = raw instanceof Uint8Array;
  // An empty key would sign and encrypt as willingly as a good one.
  if (raw === undefined || raw === null || raw === "" || (isBytes && raw.length === 0)) {
    throw new LoadFailure("has no value", true);
  }
  try {
    // A copy: what is zeroed later must be nobody else's.
    if (isBytes && form === "binary") return new Uint8Array(raw);
    const value = isBytes ? utf8.decode(raw) : raw;
    if (typeof value === "string") return readers[form](value);
  } catch {
    // Not with the error: it may quote the value.
  }
  // Some providers return JSON that is parsed already.
  if (form === "json" && typeof raw !== "string" && !isBytes) return raw;
  throw new LoadFailure(`is not ${form}`, true);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

const readers: { readonly [Form in SecretForm]: (text: string) => unknown } = {
  binary: (text) => new TextEncoder().encode(text),
  json: JSON.parse,
  text: (text) => text,
};

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
