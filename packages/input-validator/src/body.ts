/**
 * The body of an HTTP request as a value for a schema.
 *
 * @module
 */
import {
  bodyText,
  headerValues,
  isJson,
  mediaType,
  type PublicError,
  withoutFrames,
} from "@middy-hardening/core";
import { fieldsOf } from "./fields.ts";
import { checkJson, countKeys, type KeyProblem } from "./keys.ts";
import { reject, rejectName } from "./refusal.ts";
import type { Reader } from "./request-validation.ts";

const FORM = "application/x-www-form-urlencoded";

/** A charset that is not UTF-8, which JSON is always in (RFC 8259, section 8.1). */
const OTHER_CHARSET = /;\s*charset\s*=(?!\s*"?utf-?8"?\s*(?:;|$))/i;

/** Whether the one content type of an event names another charset; a type that is all of it names none. */
function hasOtherCharset(event: object, type: string): boolean {
  const [value = ""] = headerValues(event, "content-type");
  return value.length > type.length && OTHER_CHARSET.test(value);
}

const DETAILS = {
  duplicate_key: "The body has a name twice in one object.",
  invalid_encoding: "The body is not well-formed Unicode.",
};

/** Reads bodies of one type; `undefined` where there is none. */
export function bodyReader(
  bodyType: "json" | "form" = "json",
  duplicateKeys: "allow" | "reject" = "allow",
): Reader {
  const isForm = bodyType === "form";
  const isExact = duplicateKeys === "reject";
  return (request, event: { body?: unknown }) => {
    const { body } = event;
    const fail = (problem: KeyProblem): never => {
      if (problem === "forbidden_name") return rejectName(request, "body");
      return reject(request, 400, problem, DETAILS[problem], ["body"]);
    };
    if (body == null || body === "") return undefined;
    // Parsed by a middleware further out, or written as it is by who calls the function directly.
    if (typeof body !== "string") {
      countKeys(body, fail);
      return body;
    }

    const type = mediaType(event);
    const isRightType = isForm ? type === FORM : isJson(type);
    if (!isRightType || hasOtherCharset(event, type)) {
      const expected = isForm ? FORM : "application/json";
      const detail = `The content type must be ${expected}, in UTF-8.`;
      reject(request, 415, "unsupported_media_type", detail, ["content-type"]);
    }

    let text = "";
    let value: unknown;
    try {
      text = bodyText(event) as string;
      if (!isForm) value = withoutFrames(() => JSON.parse(text) as unknown);
    } catch (error) {
      // Core says what is wrong with the encoding; the engine's message on JSON would quote the input.
      const { code = "malformed_json", detail = "The body is not well-formed JSON." } =
        error as Partial<PublicError>;
      reject(request, 400, code, detail, ["body"]);
    }
    if (!isForm) {
      checkJson(text, value, isExact, fail);
      return value;
    }
    const fields = fieldsOf(request, "body", text, true);
    if (isExact && Object.values(fields).some(Array.isArray)) fail("duplicate_key");
    return fields;
  };
}
