/**
 * `npm run release`: builds, checks, tests and packs what is committed, and writes the bills of
 * materials; everything goes to `release/`. Then it says what would be published or, with `--publish`,
 * publishes it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileNameOf, type PackedPackage, publicPackages } from "./release/packages.ts";

const root = dirname(import.meta.dirname);
const release = join(root, "release");
const mayPublish = process.argv.includes("--publish");

refuseDirtyTree("commit it first");
const pending = globSync(".changeset/*.md", { cwd: root }).filter((file) => !/README/.test(file));
if (pending.length > 0) {
  const advice = `${pending.length} changesets have no version yet; \`npm run versions\` gives them one`;
  if (mayPublish) stop(advice);
  console.log(`release: ${advice}`);
}

for (const command of ["build", "check", "test", "test:packed"]) {
  step(command, "scripts/run.cjs", command);
}
refuseDirtyTree("the steps before this one must leave it as it is");

rmSync(release, { recursive: true, force: true });
mkdirSync(release);
const packed = publicPackages(root).map((each): PackedPackage => {
  const file = `${fileNameOf(each)}.tgz`;
  execFileSync("pnpm", ["pack", "--out", join(release, file)], {
    cwd: each.folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const tarball = readFileSync(join(release, file));
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  return { name: each.name, version: each.version, file, bytes: tarball.length, integrity };
});
writeFileSync(join(release, "packages.json"), `${JSON.stringify(packed, null, 2)}\n`);
step("sbom", "scripts/sbom.ts");
step("publish", "scripts/publish.ts", ...(mayPublish ? ["--publish"] : []));
console.log(
  `release: build, check, test, test:packed, sbom passed; ${packed.length} packages in release/, ${mayPublish ? "published" : "not published"}`,
);

function refuseDirtyTree(advice: string): void {
  const dirty = execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" });
  if (dirty !== "")
    stop(`the working tree is not what is committed; ${advice}\n${dirty.trimEnd()}`);
}

function step(name: string, ...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) stop(`${name} failed (see above); nothing after it was done`);
}

function stop(message: string): never {
  console.error(`release: ${message}`);
  process.exit(1);
}
