/**
 * Measuring an event that is parsed already.
 *
 * The runtime parses events with plain `JSON.parse`: as deep and as wide as they are, and with own
 * keys called `__proto__`, by which a mere `Object.assign({}, event)` changes a prototype.
 *
 * @module
 */
import type { StructureLimits } from "./json-structure.ts";

/** What is wrong with a structure: the limit that it exceeds, or a name that reaches a prototype. */
export type StructureFault = keyof StructureLimits | "forbiddenName";

/**
 * The first fault of a parsed document; `undefined` when it has none.
 *
 * Goes level by level, so that it needs no recursion, and reads no more than the limits allow.
 *
 * @param elsewhere objects in it that are measured by themselves.
 */
export function structureFault(
  root: unknown,
  limits: StructureLimits,
  elsewhere?: ReadonlySet<unknown>,
): StructureFault | undefined {
  const { maxDepth, maxKeys, maxArrayLength, maxStringLength } = limits;
  let keys = 0;
  /** The objects and arrays of the next level. */
  let deeper: object[] = [];

  function faultOf(value: unknown): StructureFault | undefined {
    if (typeof value === "string") {
      return value.length > maxStringLength ? "maxStringLength" : undefined;
    }
    if (typeof value === "object" && value !== null && elsewhere?.has(value) !== true) {
      deeper.push(value);
    }
    return undefined;
  }

  const fault = faultOf(root);
  if (fault !== undefined) return fault;
  for (let depth = 1; deeper.length > 0; depth++) {
    if (depth > maxDepth) return "maxDepth";
    const level = deeper;
    deeper = [];
    for (const container of level) {
      if (Array.isArray(container)) {
        if (container.length > maxArrayLength) return "maxArrayLength";
        for (const element of container) {
          const fault = faultOf(element);
          if (fault !== undefined) return fault;
        }
        continue;
      }
      for (const name in container) {
        if (++keys > maxKeys) return "maxKeys";
        const value = (container as Readonly<Record<string, unknown>>)[name];
        if (isForbidden(name, value)) return "forbiddenName";
        const fault = name.length > maxStringLength ? "maxStringLength" : faultOf(value);
        if (fault !== undefined) return fault;
      }
    }
  }
  return undefined;
}

/** Whether a copy made key by key would reach a prototype: `__proto__`, or `constructor.prototype`. */
const isForbidden = (name: string, value: unknown): boolean =>
  name === "__proto__" ||
  (name === "constructor" &&
    typeof value === "object" &&
    value !== null &&
    Object.hasOwn(value, "prototype"));
