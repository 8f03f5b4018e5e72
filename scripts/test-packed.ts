/**
 * Installs what users install: every public package as its tarball, alone with nothing but its
 * declared peers, in an empty project outside the repository, where it is compiled against, under
 * both ways of resolving modules, and used. Then every example, copied out, with its own install,
 * tests and bundle.
 *
 * Wants the packages built.
 */
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { followPage } from "./follow-page.ts";
import { startRegistry } from "./packed-registry.ts";
import { UNUSED_CLIENTS } from "./runtime/bundle.ts";

const MAX_TARBALL_BYTES = 60 * 1024;
const AT_A_TIME = 3;
/** Pages whose commands are run, word for word, in an empty folder. */
const FOLLOWED = ["docs/getting-started.md"];
const SHIPPED = /^package\/(?:dist\/|(?:README|CHANGELOG)\.md$|LICENSE$|package\.json$)/;

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly sideEffects?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

interface Packed {
  readonly manifest: Manifest;
  readonly tarball: string;
}

const root = dirname(import.meta.dirname);
const uses = join(import.meta.dirname, "packed-uses");
const outside = mkdtempSync(join(tmpdir(), "middy-hardening-packed-"));
const problems: string[] = [];
let passed = 0;

try {
  const packed = await inTurns(foldersIn("packages"), pack);
  const packages = packed.filter((each) => each !== undefined);
  const files = Object.fromEntries(
    packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]),
  );
  for (const each of packages) await checkTarball(each);
  await inTurns(packages, (each) =>
    attempt(`${each.manifest.name} alone`, () => useAlone(each, files)),
  );
  await inTurns(foldersIn("examples"), (folder) =>
    attempt(`examples/${basename(folder)} copied out`, () => runCopy(folder, files)),
  );
  for (const page of FOLLOWED) await attempt(`${page} followed`, () => follow(page, packages));
} catch (error) {
  problems.push((error as Error).message);
} finally {
  rmSync(outside, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
console.log(`packed: ${passed} passed, ${problems.length} failed`);
process.exitCode = problems.length === 0 ? 0 : 1;

function foldersIn(group: string): string[] {
  const folder = join(root, group);
  return readdirSync(folder).map((name) => join(folder, name));
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Packs a public package. */
async function pack(folder: string): Promise<Packed | undefined> {
  const manifest = manifestIn(folder);
  if (manifest.private === true) return undefined;
  const tarball = join(outside, `${basename(folder)}.tgz`);
  await run(folder, "pnpm", "pack", "--out", tarball);
  return { manifest, tarball };
}

async function checkTarball({ manifest, tarball }: Packed): Promise<void> {
  const { name, sideEffects } = manifest;
  const entries = (await run(root, "tar", "-tzf", tarball)).trim().split("\n");
  for (const entry of entries) {
    if (!SHIPPED.test(entry)) problems.push(`${name}: ships ${entry}`);
    if (entry.endsWith(".map")) problems.push(`${name}: ships the source map ${entry}`);
    if (!/\.(?:js|d\.ts)$/.test(entry)) continue;
    const text = await run(root, "tar", "-xzOf", tarball, entry);
    if (text.includes("sourceMappingURL=")) problems.push(`${name}: ${entry} names a source map`);
  }
  for (const wanted of ["package/README.md", "package/LICENSE", "package/CHANGELOG.md"]) {
    if (!entries.includes(wanted)) problems.push(`${name}: does not ship ${wanted}`);
  }
  if (sideEffects !== false) problems.push(`${name}: does not say "sideEffects": false`);
  const { size } = statSync(tarball);
  if (size > MAX_TARBALL_BYTES) problems.push(`${name}: a tarball of ${size} bytes`);
  console.log(`${name}: ${entries.length} files, ${size} bytes packed`);
}

/** Nothing but the package and the peers that it declares as needed. */
async function useAlone(
  { manifest, tarball }: Packed,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const { name, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const short = basename(name);
  const peers = Object.entries(peerDependencies).filter(
    ([peer]) => peerDependenciesMeta[peer]?.optional !== true,
  );
  const folder = join(outside, "alone", short);
  mkdirSync(folder, { recursive: true });
  const { [name]: _self, ...overrides } = files;
  writeJson(join(folder, "package.json"), {
    private: true,
    type: "module",
    dependencies: { ...Object.fromEntries(peers), [name]: `file:${tarball}` },
    devDependencies: { "@types/node": rootVersion("@types/node") },
    overrides,
  });
  await install(folder);
  cpSync(join(uses, `${short}.ts`), join(folder, "use.ts"));
  for (const moduleResolution of ["nodenext", "bundler"]) {
    const config = `tsconfig.${moduleResolution}.json`;
    writeJson(join(folder, config), {
      compilerOptions: {
        target: "es2023",
        lib: ["es2024", "esnext.disposable"],
        module: moduleResolution === "bundler" ? "esnext" : "nodenext",
        moduleResolution,
        types: ["node"],
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
      },
      files: ["use.ts"],
    });
    await checkTypes(folder, config);
  }
  await run(folder, process.execPath, "use.ts");
}

/** Declarations of Middy and Powertools name packages that they do not bring; ours have to be right. */
async function checkTypes(folder: string, config: string): Promise<void> {
  const told = await run(folder, join(root, "node_modules/.bin/tsc"), "-p", config).catch(
    (error: Error) => {
      // It did not get as far as to the types.
      if (!/error TS\d+/.test(error.message)) throw error;
      return error.message;
    },
  );
  const ours = told
    .split("\n")
    .filter((line) => /^(?:use\.ts|node_modules\/@middy-hardening\/|error )/.test(line));
  if (ours.length > 0) throw new Error(`tsc -p ${config}\n${ours.join("\n")}`);
}

/** An example as somebody who copies it has it, but for where its packages come from. */
async function runCopy(example: string, files: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(outside, "examples", basename(example));
  const tracked = await run(example, "git", "ls-files", "-z");
  for (const file of tracked.split("\0").filter(Boolean)) {
    cpSync(join(example, file), join(folder, file));
  }
  const manifest = manifestIn(folder);
  const packed = (dependencies: Readonly<Record<string, string>> = {}): object =>
    Object.fromEntries(
      Object.entries(dependencies).map(([name, range]) => [name, files[name] ?? range]),
    );
  const direct = { ...manifest.dependencies, ...manifest.devDependencies };
  const overrides = Object.fromEntries(
    Object.entries(files).filter(([name]) => direct[name] === undefined),
  );
  writeJson(join(folder, "package.json"), {
    ...manifest,
    dependencies: packed(manifest.dependencies),
    devDependencies: packed(manifest.devDependencies),
    overrides,
  });
  await install(folder);
  await run(folder, "npm", "test");
  await run(folder, "npm", "run", "bundle");
  // Once more with the AWS SDK in it.
  const { bundle = "", ...scripts } = manifest.scripts ?? {};
  const withSdk = bundle.replace("--external:@aws-sdk/*", UNUSED_CLIENTS);
  writeJson(join(folder, "package.json"), {
    ...manifest,
    scripts: { ...scripts, bundle: withSdk },
  });
  await run(folder, "npm", "run", "bundle");
  const left = /\bfrom\s*"@aws-sdk\/[^"]*"/.exec(
    readFileSync(join(folder, "dist/index.mjs"), "utf8"),
  );
  if (left !== null) throw new Error(`the bundle still wants ${left[0]}`);
}

/** A page as its reader follows it, with a registry that has the packages already. */
async function follow(page: string, packages: readonly Packed[]): Promise<void> {
  const folder = join(outside, basename(page, ".md"));
  mkdirSync(folder);
  const tarballs = new Map(packages.map(({ manifest, tarball }) => [manifest.name, tarball]));
  await using registry = await startRegistry(tarballs, outside);
  const commands = await followPage(join(root, page), folder, {
    ...process.env,
    ...registry.environment,
  });
  if (commands === 0) throw new Error("there is no command in it");
}

function rootVersion(name: string): string {
  return manifestIn(root).devDependencies?.[name] ?? "*";
}

async function install(folder: string): Promise<void> {
  await run(folder, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline");
}

/** A few at a time: mostly, they wait for the disk and the registry. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  step: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const turn = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await step(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, turn));
  return results;
}

async function attempt(what: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
    passed++;
    console.log(`${what}: installed and used`);
  } catch (error) {
    problems.push(`${what}: ${(error as Error).message}`);
  }
}

/** @throws Error with what the command printed. */
async function run(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${basename(command)} ${args.join(" ")}\n${stdout}${stderr}`);
  }
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
