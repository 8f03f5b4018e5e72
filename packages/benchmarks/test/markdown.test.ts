import { describe, expect, it } from "vitest";
import { withSizes, withTables } from "../src/harness/markdown.ts";
import type { Report } from "../src/harness/report.ts";

const sizes: Report = {
  group: "size: bytes",
  rows: [
    { what: "payload-guard, in a function", unit: "bytes", ours: 31_267 },
    { what: "payload-guard, in a function, gzipped", unit: "bytes", ours: 12_589 },
    { what: "core, own code", unit: "bytes", ours: 9, budget: 10 },
    { what: "core", unit: "bytes", ours: 9, peer: { name: "other", figure: 18 } },
  ],
};

describe("a text with tables", () => {
  it("has the table of a group between its marks, and all else as it was", () => {
    const text =
      "before\n<!-- size -->\nold\n<!-- end of size -->\n<!-- ratios of size --><!-- end of ratios of size -->\nafter <!-- warm --> x";
    expect(withTables(text, [sizes])).toBe(
      [
        "before",
        "<!-- size -->",
        "",
        "| | beside | measured | budget | limit | |",
        "| --- | --- | ---: | ---: | ---: | --- |",
        "| core, own code |  | 9 B | 10 B |  | met |",
        "",
        "<!-- end of size -->",
        "<!-- ratios of size -->",
        "",
        "| | beside | ratio | budget |",
        "| --- | --- | ---: | ---: |",
        "| core | other | 0.50 |  |",
        "",
        "<!-- end of ratios of size -->",
        "after <!-- warm --> x",
      ].join("\n"),
    );
  });

  it("is left alone where a group has no marks, or no end", () => {
    for (const text of ["nothing here", "<!-- size --> and no end"]) {
      expect(withTables(text, [sizes])).toBe(text);
    }
  });
});

describe("the table of packages", () => {
  it("has the gzipped and the minified size of each package that was measured", () => {
    const text = [
      "| [`@middy-hardening/payload-guard`](packages/payload-guard/README.md) | ?                | bounds |",
      "| [`@middy-hardening/testing`](packages/testing/README.md)             | -                | tests  |",
    ].join("\n");
    expect(withSizes(text, sizes)).toBe(
      text.replace("| ?                |", "| 12.6 KB (31.3)   |"),
    );
  });

  it("is not taken for one where a line only begins as its rows do", () => {
    const text =
      "a | [`@middy-hardening/payload-guard`]\n| [`@middy-hardening/unknown`](a.md) | ? |";
    expect(withSizes(text, sizes)).toBe(text);
  });

  it("does not change when the sizes are what it says", () => {
    const once = withSizes("| [`@middy-hardening/payload-guard`](a.md) | ? | bounds |", sizes);
    expect(withSizes(once, sizes)).toBe(once);
  });
});
