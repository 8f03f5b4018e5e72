import { describe, expect, it } from "vitest";
import { createRedactor } from "../src/index.ts";

const withPattern = (pattern: RegExp) => createRedactor({ patterns: [pattern] });

const withSets = "v";

describe("an application's own patterns", () => {
  it.each([
    [/\bEMP-\d{6}\b/, "of EMP-123456 and EMP-654321.", "of *** and ***."],
    [/cust_[a-z]{1,9}_\d{1,20}/i, "of CUST_abc_1", "of ***"],
    [/EMP-[a-z]{1,64}-\d{6}/, "of EMP-abc-123456", "of ***"],
    [/\b[\da-f]{40}\b/, `of ${"a1".repeat(20)}`, "of ***"],
    [/[A-Z]{2}\d{20,}/g, `DE${"1".repeat(30)} x`, "*** x"],
    [/(?:ab|cd)-\d+/, "ab-12 ef-1", "*** ef-1"],
    [/id=(?<id>\w{4})(?:-x)?/, "id=abcd-x id=1234", "*** ***"],
    [/(?<!\w)K\d{3,5}(?=;)/y, "K1234; aK123;", "***; aK123;"],
    [/(?:\d:){3,4}\d{2}/, "1:2:3:40", "***"],
    [/x{1,9}?y/, "xxxy", "***"],
    [/\u{1F600}{1,3}!/u, "a😀😀!", "a***"],
    [/😀{1,3}!/u, "a😀😀!", "a***"],
    [/\p{Lu}\x41\u0042\cA?\0?/u, "ÄAB", "***"],
    [/a{,3}]/, "a{,3}]", "***"],
    [/[\]a]{2}$/, "x]a", "x***"],
    [/.b/s, "ab", "***"],
    [/z*/, "az", "a***"],
    [/ab|/, "abc", "***c"],
    [/Eabcdefghijklmnopqrstuvwxyz{2}abc/, `Eabcdefghijklmnopqrstuvwxyzzabc`, "***"],
  ])("%s masks what it matches", (pattern, given, masked) => {
    const { text, redact } = withPattern(pattern);
    expect(text(given).replaceAll("[redacted pattern]", "***")).toBe(masked);
    expect(redact({ note: given })).toEqual({ note: text(given) });
    expect(pattern.lastIndex).toBe(0);
  });

  it.each([
    [/(a+)+b/, '"a+" repeats without a limit; write one, such as {1,64}.'],
    [/a*b/, '"a*" repeats without a limit'],
    [/a{2,}b/, '"a{2,}" repeats without a limit'],
    [/(?:ab)+/, '"(?:ab)+" repeats without a limit'],
    [/(?:a|b+)c/, '"b+" repeats without a limit'],
    [/(?:a|b){1,3}/, '"(?:a|b){1,3}" repeats what can match in several ways'],
    [/(?:a?){3}/, '"(?:a?){3}" repeats what can match in several ways'],
    [/(a)\1/, '"\\1" cannot be checked'],
    [/(?<n>a)\k<n>/, '"\\k<n>" cannot be checked'],
    [/x{1,5}x{1,5}x{1,5}y/, '"x{1,5}x{1,5}x{1,5}y" reads 15 characters in 25 ways at each place'],
    [
      /ok|[a-z]{1,64}@/,
      '"[a-z]{1,64}@" reads 64 characters in 1 ways at each place, 28 steps at most',
    ],
    [/\b[\w-]{1,64};/, "or begin with a character that cannot come again"],
    [/E?[a-d]{1,64}x/, "at each place"],
    [new RegExp("ab".repeat(20)), "at each place"],
    [/Ex{0,5000}y/, '"Ex{0,5000}y" is too long a match'],
    [/x{5000}/, '"x{5000}" is too long a match'],
    [/😀{1,9}😀{1,9}😀{1,9}b/u, "reads 27 characters in 81 ways"],
    [new RegExp("[\\w--[a]]", withSets), "The flag v cannot be checked; write it with u."],
    [new RegExp("a".repeat(1001)), "It is too long to be checked."],
  ])("%s is refused, and told what to write", (pattern, message) => {
    expect(() => withPattern(pattern)).toThrow(TypeError);
    expect(() => withPattern(pattern)).toThrow(
      `@middy-hardening/security-logger: redactor: option "patterns" has ${pattern}, which may be slow. `,
    );
    expect(() => withPattern(pattern)).toThrow(message);
  });
});
