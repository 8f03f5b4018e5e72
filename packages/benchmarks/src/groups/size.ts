/**
 * What a deployment carries: bytes of minified code.
 *
 * @module
 */
import { type Bundle, bundleFactory, bundlePackage, bundleStack } from "../harness/bundle.ts";
import { sizeRows } from "../harness/markdown.ts";
import type { Report, Row } from "../harness/report.ts";

const KIB = 1024;

/** Of the packages that are deployed with a function. */
const BUDGETS = {
  core: 5 * KIB,
  "error-sanitizer": 6 * KIB,
  "input-validator": 6 * KIB,
  "kms-decryptor": 6 * KIB,
  "payload-guard": 6 * KIB,
  preset: 6 * KIB,
  "secrets-loader": 6 * KIB,
  "security-headers": 6 * KIB,
  "security-logger": 6 * KIB,
  "timeout-guard": 6 * KIB,
};

export async function measure(): Promise<Report> {
  const rows: Row[] = [];
  for (const [name, budget] of Object.entries(BUDGETS)) {
    const { bytes, gzippedBytes } = await bundlePackage(name);
    rows.push(
      { what: `${name}, own code`, unit: "bytes", ours: bytes, budget },
      { what: `${name}, gzipped`, unit: "bytes", ours: gzippedBytes },
    );
  }
  for (const name of Object.keys(BUDGETS)) {
    if (name === "core") continue;
    const { bytes, gzippedBytes } = await bundleFactory(name);
    const [minified, gzipped] = sizeRows(name);
    rows.push(
      { what: minified, unit: "bytes", ours: bytes },
      { what: gzipped, unit: "bytes", ours: gzippedBytes },
    );
  }
  const floor = await bundleStack("middy-alone");
  const official = { name: "official stack", bundle: await bundleStack("official") };
  const powertools = {
    name: "official + Powertools",
    bundle: await bundleStack("official-powertools"),
  };
  const parser = { name: "Parser + official", bundle: await bundleStack("parser-official") };
  const handWritten = { name: "hand-written", bundle: await bundleStack("hand-written") };
  const row = (
    what: string,
    ours: Bundle,
    peer: { readonly name: string; readonly bundle: Bundle },
  ): Row[] => [
    {
      what: `${what}, minified`,
      unit: "bytes",
      ours: ours.bytes,
      peer: { name: peer.name, figure: peer.bundle.bytes },
      floor: floor.bytes,
    },
    {
      what: `${what}, gzipped`,
      unit: "bytes",
      ours: ours.gzippedBytes,
      peer: { name: peer.name, figure: peer.bundle.gzippedBytes },
      floor: floor.gzippedBytes,
    },
  ];
  const harden = await bundleStack("harden");
  const withPowertools = await bundleStack("harden-powertools");
  rows.push(
    { what: "harden(), Middy and zod/mini", unit: "bytes", ours: harden.bytes, budget: 75 * KIB },
    {
      what: "harden(), Middy, zod/mini, Logger and Metrics",
      unit: "bytes",
      ours: withPowertools.bytes,
      budget: 75 * KIB,
    },
    ...row("harden()", harden, powertools),
    ...row("harden()", harden, official),
    ...row("harden()", harden, parser),
    ...row("harden()", harden, handWritten),
    ...row("harden() with zod", await bundleStack("harden-zod"), parser),
    ...row("harden() with valibot", await bundleStack("harden-valibot"), powertools),
    ...row("harden(), everything", await bundleStack("harden-everything"), powertools),
  );
  return { group: "size: bytes of code in a deployment", rows };
}
