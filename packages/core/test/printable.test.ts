import { describe, expect, it } from "vitest";
import { printable } from "../src/index.ts";

describe("printable", () => {
  it.each([
    ["forged log lines", "ok\r\n2026-01-01 ERROR pwned", "ok\\u{d}\\u{a}2026-01-01 ERROR pwned"],
    ["a terminal's escape sequence", "\u001b[2J", "\\u{1b}[2J"],
    ["a bidi override", "admin\u202Etxt.exe", "admin\\u{202e}txt.exe"],
    ["line and paragraph separators", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    ["a zero-width joiner", "a\u200Db", "a\\u{200d}b"],
    ["a letter that shows nothing", "a\u3164b", "a\\u{3164}b"],
    ["bytes smuggled in variation selectors", "a\u{E0101}", "a\\u{e0101}"],
    ["half of a surrogate pair", "a\uD83D", "a\\u{d83d}"],
    ["a private-use character", "\uE000", "\\u{e000}"],
    ["DEL and C1 controls", "\u007F\u0085", "\\u{7f}\\u{85}"],
  ])("makes %s visible", (_title, given, shown) => {
    expect(printable(given, 64)).toBe(shown);
  });

  it.each(["", "plain ASCII ~ text", "Zoë Müller", "注文 №1", "😀"])(
    "leaves %j as it is",
    (text) => {
      expect(printable(text, 64)).toBe(text);
    },
  );

  it("cuts what is too long and says so", () => {
    expect(printable("a".repeat(65), 64)).toBe(`${"a".repeat(63)}…`);
    expect(printable("a".repeat(64), 64)).toBe("a".repeat(64));
  });

  it("cuts what only becomes too long by being shown", () => {
    expect(printable("\n".repeat(10), 12)).toBe("\\u{a}\\u{a}\\…");
  });

  it("does not cut a character in half", () => {
    expect(printable("😀".repeat(40), 64)).toBe(`${"😀".repeat(31)}…`);
  });
});
