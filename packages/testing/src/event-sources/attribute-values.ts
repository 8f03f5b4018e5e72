/**
 * Plain values as DynamoDB writes them in its streams ("AttributeValue" in the DynamoDB API Reference).
 *
 * @module
 */
import type { AttributeValue } from "aws-lambda";

/** The attributes of a plain object; members that are `undefined` are left out. */
export function attributesOf(values: object): Record<string, AttributeValue> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, attributeOf(value)]));
}

/** @throws TypeError for what DynamoDB has no attribute value for, such as a function. */
function attributeOf(value: unknown): AttributeValue {
  if (value === null) return { NULL: true };
  switch (typeof value) {
    case "string":
      return { S: value };
    case "number":
    case "bigint":
      return { N: String(value) };
    case "boolean":
      return { BOOL: value };
    case "object":
      return objectAttribute(value);
    default:
      throw new TypeError(
        `@middy-hardening/testing: a ${typeof value} has no DynamoDB attribute value.`,
      );
  }
}

function objectAttribute(value: object): AttributeValue {
  if (Array.isArray(value)) return { L: value.map(attributeOf) };
  // In an event, bytes are base64 text, though the type says otherwise.
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString("base64") };
  if (value instanceof Set) return setAttribute([...value]);
  return { M: attributesOf(value) };
}

const setAttribute = (members: readonly unknown[]): AttributeValue =>
  members.every((member) => typeof member === "string")
    ? { SS: [...members] }
    : { NS: members.map(String) };
