/**
 * Measuring the structure of a JSON text, before it is parsed.
 *
 * @module
 */
import { jsonParseProtectProto } from "@middy/util";
import secureJsonParse from "secure-json-parse";
import { inProcess, interleave } from "../harness/interleave.ts";
import type { Report, Row } from "../harness/report.ts";
import type { GroupSettings } from "../harness/settings.ts";
import { checkJson, exceededLimit } from "../harness/suite-internals.ts";

const KB = 1000;
const SIZES = {
  "1 KB": KB,
  "10 KB": 10 * KB,
  "100 KB": 100 * KB,
  "1 MB": 1000 * KB,
  "6 MB": 6000 * KB,
};
const QUICK_SIZES: readonly string[] = ["10 KB", "6 MB"];

/** An element of an array, by the kind of JSON that it makes. */
const ELEMENTS: Readonly<Record<string, (index: number) => string>> = {
  flat: (index) => `{"id":${index % 1000},"name":"item ${index % 97}","isOpen":true,"parent":null}`,
  deep: (index) => `${'[{"a":'.repeat(12)}${index % 10}${"}]".repeat(12)}`,
  strings: (index) => JSON.stringify(`${index % 10} lorem ipsum dolor sit amet `.repeat(12)),
  escapes: (index) =>
    JSON.stringify(`a "quoted" \\ back\\slash\n${index % 10}\té\u0001 `.repeat(8)),
  numbers: (index) => `[${index % 1000},-1.5e3,${(index % 89) / 7},0,12345678]`,
};

/** JSON of one kind, of about so many bytes. */
function jsonOf(kind: string, bytes: number): string {
  const element = ELEMENTS[kind] as (index: number) => string;
  const elements: string[] = [];
  for (let length = 2, index = 0; length < bytes; index++) {
    const text = element(index);
    elements.push(text);
    length += text.length + 1;
  }
  // Out of a JSON text, as the runtime's events are. What a Buffer gives of more than a megabyte that is not
  // ASCII has two bytes for each character, and is a third slower to scan.
  return JSON.parse(JSON.stringify(`[${elements.join(",")}]`));
}

/** Every limit far off, but none so far that the length of the text alone is proof: all is scanned. */
const limitsFor = (text: string) => ({
  maxDepth: 1000,
  maxKeys: text.length,
  maxArrayLength: text.length,
  maxStringLength: text.length - 1,
});

const refuse = (problem: string): never => {
  throw new Error(problem);
};

export async function measure({ isQuick, effort }: GroupSettings): Promise<Report> {
  const rows: Row[] = [];
  for (const kind of Object.keys(ELEMENTS)) {
    const perByte: Record<string, number> = {};
    for (const [size, bytes] of Object.entries(SIZES)) {
      if (isQuick && !QUICK_SIZES.includes(size)) continue;
      const text = jsonOf(kind, bytes);
      const limits = limitsFor(text);
      if (exceededLimit(text, limits) !== undefined) throw new Error(`${kind} exceeds a limit.`);
      const isLarge = bytes > 1000 * KB;
      const { scan, parse } = await interleave(
        {
          scan: inProcess(() => exceededLimit(text, limits)),
          parse: inProcess(() => JSON.parse(text)),
        },
        { ...effort, warmUpMs: effort.warmUpMs / (isLarge ? 8 : 4) },
      );
      perByte[size] = scan / text.length;
      const peer = { name: "JSON.parse", figure: parse };
      rows.push({ what: `scan: ${kind}, ${size}`, ours: scan, peer, unit: "us", budget: 0.4 });
      if (!isQuick || size === "10 KB") rows.push(...(await wholeParse(effort, kind, size, text)));
    }
    rows.push({
      what: `scan, time per byte at 6 MB: ${kind}`,
      ours: (perByte["6 MB"] as number) * 1000,
      peer: { name: "at 10 KB", figure: (perByte["10 KB"] as number) * 1000 },
      unit: "ns/byte",
      budget: 1.5,
    });
  }
  rows.push(...(await bombs(effort)));
  return { group: "scan: the structure of a JSON text", rows };
}

/** What a text goes through until its value is fit for a schema, beside other guarded parsers. */
async function wholeParse(
  effort: GroupSettings["effort"],
  kind: string,
  size: string,
  text: string,
): Promise<Row[]> {
  const limits = limitsFor(text);
  const figures = await interleave(
    {
      ours: inProcess(() => {
        if (exceededLimit(text, limits) !== undefined) refuse("structure");
        const value: unknown = JSON.parse(text);
        checkJson(text, value, false, refuse);
        return value;
      }),
      parse: inProcess(() => JSON.parse(text)),
      secure: inProcess(() => secureJsonParse.parse(text)),
      reviver: inProcess(() => jsonParseProtectProto(text, undefined, "benchmarks")),
    },
    // A run of the largest takes longer than a batch.
    text.length > 100 * KB
      ? { rounds: 5, batchMs: 1, warmUpMs: 0 }
      : { rounds: Math.ceil(effort.rounds / 3), batchMs: 10, warmUpMs: effort.warmUpMs / 8 },
  );
  const what = `scan, parse and check: ${kind}, ${size}`;
  const { ours, parse: floor } = figures;
  const unit = "us";
  return [
    { what, ours, peer: { name: "secure-json-parse", figure: figures.secure }, floor, unit },
    { what, ours, peer: { name: "Middy's parser", figure: figures.reviver }, floor, unit },
  ];
}

const DEFAULT_LIMITS = {
  maxDepth: 32,
  maxKeys: 10_000,
  maxArrayLength: 10_000,
  maxStringLength: 65_536,
};

/** What 6 MB that break a limit early cost, beside as much of the same as has to be read. */
async function bombs(effort: GroupSettings["effort"]): Promise<Row[]> {
  const kinds: Readonly<Record<string, readonly [unit: string, unitsToLimit: number]>> = {
    "too deep": ["[", 33],
    "too many keys": ['{"a":0},', 10_001],
    "array too long": ["0,", 10_001],
  };
  const rows: Row[] = [];
  for (const [name, [unit, unitsToLimit]] of Object.entries(kinds)) {
    const bomb = Buffer.from(`[${unit.repeat((6000 * KB) / unit.length)}`).toString();
    // The least that exceeds the limit; a window of the scan more, as it reads by windows.
    const enough = Buffer.from(`[${unit.repeat(unitsToLimit)}`.padEnd(8192, unit)).toString();
    for (const text of [bomb, enough]) {
      if (exceededLimit(text, DEFAULT_LIMITS) === undefined) throw new Error(`${name}: no bomb.`);
    }
    const figures = await interleave(
      {
        bomb: inProcess(() => exceededLimit(bomb, DEFAULT_LIMITS)),
        enough: inProcess(() => exceededLimit(enough, DEFAULT_LIMITS)),
      },
      { ...effort, warmUpMs: effort.warmUpMs / 4 },
    );
    rows.push({
      what: `refuse a bomb of 6 MB: ${name}`,
      ours: figures.bomb,
      peer: { name: "up to the limit", figure: figures.enough },
      unit: "us",
      budget: 1.1,
    });
  }
  return rows;
}
