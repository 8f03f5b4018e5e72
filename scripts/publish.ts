/**
 * Publishes what `npm run release` packed into `release/`, with provenance, in the order of its list.
 * Without `--publish` it only says what it would do. It needs Node 24 and npm and nothing that would
 * have to be installed, so that no code of others runs where the credentials are.
 *
 * Provenance comes from the identity of a GitHub job (`id-token: write`). That is also the credential
 * (npm's trusted publishing), unless a token in `NODE_AUTH_TOKEN` is.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PackedPackage } from "./release/packages.ts";

const release = join(dirname(import.meta.dirname), "release");
const mayPublish = process.argv.includes("--publish");
const packages = packedPackages();
const done = { published: 0, "there already": 0 };
const obstacle = brokenPackage() ?? (mayPublish ? lackingCredential() : undefined);

if (obstacle !== undefined || !mayPublish) {
  for (const each of packages) console.log(`would publish ${described(each)}`);
  if (obstacle !== undefined) stop(obstacle);
} else {
  publishAll();
}
const counts = Object.entries(done).map(([what, count]) => `${count} ${what}`);
console.log(
  mayPublish
    ? `publish: ${counts.join(", ")}`
    : `publish: a dry run, ${packages.length} packages would be published; \`npm run release -- --publish\` does it`,
);

function publishAll(): void {
  const settings = mkdtempSync(join(tmpdir(), "middy-hardening-publish-"));
  let failure: unknown;
  try {
    const env = { ...process.env, ...tokenSettings(settings) };
    for (const each of packages) {
      const there = publishedIntegrity(each, env);
      if (there === each.integrity) {
        console.log(`${described(each)}: there already`);
        done["there already"]++;
        continue;
      }
      if (there !== "") {
        throw new Error(`${described(each)}: published already, with other contents`);
      }
      const tag = each.version.includes("-") ? ["--tag", "next"] : [];
      const how = ["--provenance", "--access", "public", "--ignore-scripts", ...tag];
      const { status, output } = npm(["publish", `./${each.file}`, ...how], env);
      if (status !== 0) throw new Error(`${described(each)}: npm publish failed\n${output}`);
      console.log(`published ${described(each)}`);
      done.published++;
    }
  } catch (error) {
    failure = error;
  } finally {
    rmSync(settings, { recursive: true, force: true });
  }
  if (failure === undefined) return;
  console.error((failure as Error).message);
  const counts = `${done.published} published before, ${done["there already"]} there already`;
  stop(`failed (${counts}); the same command goes on where it ended`);
}

function packedPackages(): PackedPackage[] {
  try {
    return JSON.parse(readFileSync(join(release, "packages.json"), "utf8")) as PackedPackage[];
  } catch {
    stop("nothing is packed; `npm run release` does it");
  }
}

/** A tarball that is not the one that was packed, or not of the version that the tag names. */
function brokenPackage(): string | undefined {
  const { GITHUB_REF_TYPE, GITHUB_REF_NAME } = process.env;
  for (const each of packages) {
    const digest = createHash("sha512").update(readFileSync(join(release, each.file)));
    if (`sha512-${digest.digest("base64")}` !== each.integrity) {
      return `release/${each.file} is not what was packed`;
    }
    if (GITHUB_REF_TYPE === "tag" && GITHUB_REF_NAME !== `v${each.version}`) {
      return `the tag ${GITHUB_REF_NAME} is not v${each.version}, the version of ${each.name}`;
    }
  }
  return undefined;
}

function lackingCredential(): string | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL, NODE_AUTH_TOKEN } = process.env;
  if (!ACTIONS_ID_TOKEN_REQUEST_URL) {
    return "nothing was published: provenance needs the identity of a GitHub job (`permissions: id-token: write`)";
  }
  const [major = 0, minor = 0, patch = 0] = npm(["--version"]).output.split(".").map(Number);
  const knowsTrust = major > 11 || (major === 11 && (minor > 5 || (minor === 5 && patch >= 1)));
  return NODE_AUTH_TOKEN || knowsTrust
    ? undefined
    : "nothing was published: trusted publishing needs npm 11.5.1 or later (or a token in NODE_AUTH_TOKEN)";
}

/** npm reads a token from its settings only; the file names the variable, not the token. */
function tokenSettings(folder: string): NodeJS.ProcessEnv {
  const { NODE_AUTH_TOKEN } = process.env;
  if (!NODE_AUTH_TOKEN) return {};
  const registry = new URL(npm(["config", "get", "registry"]).output);
  const file = join(folder, "npmrc");
  const token = `//${registry.host}${registry.pathname}:_authToken=\${NODE_AUTH_TOKEN}`;
  writeFileSync(file, `registry=${registry}\n${token}\n`);
  return { NPM_CONFIG_USERCONFIG: file };
}

/** What the registry has of this very version, or an empty text. */
function publishedIntegrity({ name, version }: PackedPackage, env: NodeJS.ProcessEnv): string {
  const { status, output } = npm(["view", `${name}@${version}`, "dist.integrity"], env);
  if (status === 0) return output;
  if (/\bE404\b/.test(output)) return "";
  throw new Error(`${name}: the registry could not be asked\n${output}`);
}

function npm(args: readonly string[], env = process.env): { status: number; output: string } {
  const isWindows = process.platform === "win32";
  const { status, stdout, stderr } = spawnSync("npm", args, {
    cwd: release,
    env,
    encoding: "utf8",
    shell: isWindows,
  });
  const output = status === 0 ? stdout : `${stdout}${stderr}`;
  return { status: status ?? 1, output: output.trim() };
}

function described({ name, version, bytes, integrity }: PackedPackage): string {
  return `${name} ${version} (${bytes} bytes, ${integrity.slice(0, 19)}…)`;
}

function stop(message: string): never {
  console.error(`publish: ${message}`);
  process.exit(1);
}
