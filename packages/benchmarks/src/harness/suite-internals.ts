/**
 * Functions inside the packages that have a budget of their own, but are no part of their faces.
 *
 * @module
 */

/** Limits of `payloadGuard` on the structure of JSON. */
interface StructureLimits {
  readonly maxDepth: number;
  readonly maxKeys: number;
  readonly maxArrayLength: number;
  readonly maxStringLength: number;
}

type ExceededLimit = (text: string, limits: StructureLimits) => string | undefined;

type CheckJson = (
  text: string,
  value: unknown,
  isExact: boolean,
  fail: (problem: string) => never,
) => void;

const load = async <T>(path: string): Promise<T> =>
  (await import(new URL(`../../../${path}`, import.meta.url).href)) as T;

export const { exceededLimit } = await load<{ readonly exceededLimit: ExceededLimit }>(
  "payload-guard/src/json-structure.ts",
);

export const { checkJson } = await load<{ readonly checkJson: CheckJson }>(
  "input-validator/src/keys.ts",
);
