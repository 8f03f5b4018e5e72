/**
 * The input of an operation, read member by member as its model demands.
 *
 * @module
 */
import { AwsError, validationError } from "./aws-error.ts";

/** A parsed request, as the client wrote it. */
export type Input = Readonly<Record<string, unknown>>;

/** The text of a member; `undefined` when it is not given. */
export const optionalText = (input: Input, name: string): string | undefined =>
  typed<string>(input, name, (value) => typeof value === "string");

/** The text of a member that must be given. */
export const text = (input: Input, name: string): string =>
  required(name, optionalText(input, name));

/** The whole number of a member; `undefined` when it is not given. */
export const optionalInteger = (
  input: Input,
  name: string,
  minimum: number,
  maximum: number,
): number | undefined => {
  const value = typed<number>(input, name, Number.isInteger);
  if (value !== undefined && (value < minimum || value > maximum)) {
    throw broken(name, `Member must have value between ${minimum} and ${maximum}`);
  }
  return value;
};

/** Whether a member is true. */
export const flag = (input: Input, name: string): boolean =>
  typed<boolean>(input, name, (value) => typeof value === "boolean") ?? false;

/** The texts of a member; `undefined` when it is not given. */
export const optionalTextList = (
  input: Input,
  name: string,
  maximum: number,
): readonly string[] | undefined => {
  const values = typed<readonly string[]>(
    input,
    name,
    (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  );
  if (values !== undefined && (values.length < 1 || values.length > maximum)) {
    throw broken(name, `Member must have length between 1 and ${maximum}`);
  }
  return values;
};

/** The texts of a member that must be given. */
export const textList = (input: Input, name: string, maximum: number): readonly string[] =>
  required(name, optionalTextList(input, name, maximum));

/** The texts by name of a member; none when it is not given. */
export const textRecord = (input: Input, name: string): Readonly<Record<string, string>> =>
  typed<Record<string, string>>(
    input,
    name,
    (value) =>
      isRecord(value) && Object.values(value).every((member) => typeof member === "string"),
  ) ?? {};

/** The bytes of a member, which JSON carries as base64; `undefined` when it is not given. */
export const optionalBytes = (input: Input, name: string, maximum: number): Buffer | undefined => {
  const encoded = optionalText(input, name);
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length < 1 || bytes.length > maximum) {
    throw broken(name, `Member must have length between 1 and ${maximum}`);
  }
  return bytes;
};

/** The bytes of a member that must be given. */
export const bytes = (input: Input, name: string, maximum: number): Buffer =>
  required(name, optionalBytes(input, name, maximum));

/** Refuses members whose meaning this endpoint does not know, rather than to ignore them. */
export function refuseMembers(input: Input, ...names: readonly string[]): void {
  for (const name of names) {
    if (name in input) throw validationError(`The local AWS endpoint does not support ${name}.`);
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function typed<T>(input: Input, name: string, accepts: (value: unknown) => boolean): T | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!accepts(value)) {
    throw new AwsError("SerializationException", `The value of ${name} has the wrong type.`);
  }
  return value as T;
}

function required<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw broken(name, "Member must not be null");
  return value;
}

const broken = (name: string, constraint: string): AwsError =>
  validationError(
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: ${constraint}`,
  );
