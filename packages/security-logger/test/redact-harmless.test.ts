import { describe, expect, it } from "vitest";
import { createRedactor } from "../src/index.ts";
import { harmless } from "./redact-harmless.ts";

const { redact, text } = createRedactor();

describe("what is harmless stays as it is", () => {
  it("and there are at least 300 such values", () => {
    expect(new Set(harmless).size).toBeGreaterThanOrEqual(300);
  });

  it.each(harmless)("%j", (value) => {
    expect(text(value)).toBe(value);
    expect(text(`Got ${value} from it.`)).toBe(`Got ${value} from it.`);
    expect(redact({ note: value, list: [value] })).toEqual({ note: value, list: [value] });
    expect(text(JSON.stringify({ note: value }))).toBe(JSON.stringify({ note: value }));
    const url = `https://example.com/?note=${encodeURIComponent(value)}&id=1`;
    expect(text(url)).toBe(url);
  });
});
