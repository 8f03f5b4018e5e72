/**
 * Writes a CycloneDX 1.6 bill of materials for each public package into `release/`: what npm installs
 * with it, with licenses and hashes. Peers are not in it: they are the application's own choice, and in
 * the application's own bill.
 *
 * The same commit gives the same bytes: no time, and a serial number that comes from the contents.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { fileNameOf, type PublicPackage, publicPackages } from "./release/packages.ts";

interface Component {
  readonly "bom-ref": string;
  readonly purl: string;
  readonly licenses?: readonly unknown[];
}

interface Bom {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: ReadonlyArray<{ readonly ref: string; readonly dependsOn: string[] }>;
}

const root = dirname(import.meta.dirname);
const release = join(root, "release");
const packages = publicPackages(root);
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
const problems: string[] = [];
let written = 0;

const folder = mkdtempSync(join(tmpdir(), "middy-hardening-sbom-"));
try {
  const formats = ["--sbom-format", "cyclonedx", "--sbom-spec-version", "1.6"];
  const wanted = packages.flatMap(({ name }) => ["--filter", name]);
  const out = ["--split", "--out", join(folder, "%s-%v.json")];
  execFileSync("pnpm", ["sbom", ...formats, "--prod", "--exclude-peers", ...out, ...wanted], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  mkdirSync(release, { recursive: true });
  for (const each of packages) {
    const name = fileNameOf(each);
    const bom = reproducible(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Bom);
    const text = `${JSON.stringify(bom, null, 2)}\n`;
    const found = [...missingIn(bom, each), ...(await brokenRules(text))];
    problems.push(...found.map((problem) => `${each.name}: ${problem}`));
    if (found.length > 0) continue;
    writeFileSync(join(release, `${name}.cdx.json`), text);
    written++;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
console.log(`sbom: ${written} written to release/, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function reproducible({ serialNumber: _random, metadata, ...bom }: Bom): Bom {
  const { timestamp: _now, ...lasting } = metadata;
  const sorted = {
    ...bom,
    metadata: lasting,
    components: bom.components.toSorted((a, b) => compare(a["bom-ref"], b["bom-ref"])),
    dependencies: bom.dependencies
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.toSorted(compare) }))
      .toSorted((a, b) => compare(a.ref, b.ref)),
  };
  return { ...sorted, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(sorted))}` };
}

/** A UUID of version 8 (RFC 9562, section 5.8), made of a digest. */
function uuidOf(text: string): string {
  const digest = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join("-");
}

/** What the package's manifest names and its bill does not, and components without a license. */
function missingIn(bom: Bom, { name, version, dependencies }: PublicPackage): string[] {
  const purl = (npm: string): string => `pkg:npm/${npm.replace("@", "%40")}@`;
  const missing = Object.keys(dependencies)
    .filter((dependency) => !bom.components.some((each) => each.purl.startsWith(purl(dependency))))
    .map((dependency) => `${dependency} is missing in the bill`);
  const subject = bom.metadata.component;
  if (subject.purl !== purl(name) + version) missing.push(`the bill is that of ${subject.purl}`);
  for (const each of [subject, ...bom.components]) {
    if (each.licenses === undefined) missing.push(`${each.purl} has no license`);
  }
  return missing;
}

/** What CycloneDX's schema has to say against it. */
async function brokenRules(text: string): Promise<string[]> {
  const errors = await validator.validate(text);
  return errors === null ? [] : [`not CycloneDX 1.6: ${JSON.stringify(errors)}`];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
