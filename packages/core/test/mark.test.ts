import { describe, expect, it } from "vitest";
import { holdsMark, type Mark } from "../src/index.ts";

const always: Mark = ["plain", /ly/y];
const bracketed: Mark = ["open", /ed \(/y, "("];
const closed: Mark = ["clos", /ed \(/y, "("];
const quoted: Mark = ["quot", /ed '/y, "'"];

describe("holdsMark", () => {
  it.each([
    ["plainly"],
    ["opened ("],
    ["closed ("],
    ["quoted '"],
    ["( quoted '"],
    ["' closed ("],
    ["(' plainly"],
    ["plain, and then plainly"],
  ])("finds a mark wherever it stands in the list: %s", (text) => {
    const orders = [
      [always, bracketed, closed, quoted],
      [quoted, bracketed, closed, always],
      [bracketed, always, quoted, closed],
    ];
    for (const marks of orders) expect(holdsMark(text, marks)).toBe(true);
  });

  it.each(["", "plain", "opened", "( ' plain opened", "quoted (", "clos closer opened '"])(
    "finds none where the surroundings are others: %s",
    (text) => {
      expect(holdsMark(text, [always, bracketed, closed, quoted])).toBe(false);
    },
  );
});
