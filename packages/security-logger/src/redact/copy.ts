/**
 * One bounded walk over a value of any kind, which makes a plain copy of it.
 *
 * @module
 */

interface CopySetup {
  readonly text: (text: string) => string;
  readonly maxDepth: number;
  readonly maxKeys: number;
  readonly maxArrayLength: number;
}

const SENSITIVE = /password|secret|token|cookie|authorization|api[-_]?key/i;

export function copyOf(value: unknown, setup: CopySetup): unknown {
  try {
    const seen = new WeakSet();
    const json = JSON.stringify(value, (key, member: unknown) => {
      if (key !== "" && SENSITIVE.test(key)) return "[redacted]";
      if (typeof member === "string") return setup.text(member);
      if (typeof member === "bigint") return member.toString();
      if (typeof member !== "object" || member === null) return member;
      if (seen.has(member)) return "[circular]";
      seen.add(member);
      if (!(member instanceof Error)) return member;
      const { name, message, stack, cause } = member;
      return { name, message, stack, cause, ...member };
    });
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return "[unreadable]";
  }
}
