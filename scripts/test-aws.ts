/**
 * Runs the contract of the AWS services against moto's server as well as against the embedded
 * endpoint, so that the embedded one is not its own judge.
 *
 * moto comes from PyPI into a virtual environment below `node_modules/.cache`. With `ENDPOINT_URL`
 * set, the contract runs against that endpoint instead, and Python is not needed.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort } from "./runtime/free-port.ts";

const MOTO = "moto[server]==5.2.2";

/** What moto does not do; the contract prints each thing that it leaves out for it. */
const MOTO_LACKS = "AppConfig Data,disabled keys,parameter limits";

const CONTRACT = ["test/local-aws/contract.test.ts", "--coverage.enabled=false"];

const root = dirname(import.meta.dirname);
const environment = join(root, "node_modules/.cache", MOTO.replace(/\W+/g, "-"));
const bin = join(environment, process.platform === "win32" ? "Scripts" : "bin");

if (process.env["ENDPOINT_URL"] !== undefined) {
  process.exitCode = runTests("packages/testing", CONTRACT, {});
} else {
  installMoto();
  const port = await freePort();
  const moto = spawn(join(bin, "moto_server"), ["-H", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
  });
  try {
    const endpoint = `http://127.0.0.1:${port}`;
    await answering(endpoint, moto);
    const contract = { ENDPOINT_URL: endpoint, ENDPOINT_LACKS: MOTO_LACKS };
    process.exitCode =
      runTests("packages/testing", CONTRACT, contract) ||
      // Idempotency on DynamoDB, which is dynalite's in the example's own tests.
      runTests("examples/webhook", [], { DYNAMODB_ENDPOINT_URL: endpoint });
  } finally {
    moto.kill();
  }
}

function runTests(
  folder: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): number {
  const { status } = spawnSync(join(root, "node_modules/.bin/vitest"), ["run", ...args], {
    cwd: join(root, folder),
    env: { ...process.env, ...settings },
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  return status ?? 1;
}

/** Installs moto once; what it lacks is said in one line. */
function installMoto(): void {
  if (existsSync(join(bin, "moto_server"))) return;
  mkdirSync(dirname(environment), { recursive: true });
  const python = ["python3", "python"].find(
    (name) => spawnSync(name, ["-c", "import venv, ensurepip"]).status === 0,
  );
  if (python === undefined) {
    fail("test:aws needs Python 3 with venv. Install it, or set ENDPOINT_URL to another endpoint.");
  }
  console.error(`middy-hardening: installing ${MOTO} (once) ...`);
  const made = spawnSync(python, ["-m", "venv", environment], { encoding: "utf8" });
  if (made.status !== 0) fail(`Python could not make a virtual environment: ${made.stderr.trim()}`);
  const pip = spawnSync(join(bin, "python"), ["-m", "pip", "install", "--quiet", MOTO], {
    encoding: "utf8",
  });
  if (pip.status === 0) return;
  const isOffline = /NewConnectionError|Temporary failure|timed out|Network is unreachable/i.test(
    pip.stderr,
  );
  fail(
    isOffline
      ? "test:aws downloads moto once, and the Python package index could not be reached. Connect to the network and run it again."
      : `moto could not be installed: ${pip.stderr.trim().split("\n").at(-1)}`,
  );
}

async function answering(endpoint: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.exitCode !== null) break;
    try {
      await fetch(endpoint);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error("moto's server did not start.");
}

function fail(message: string): never {
  console.error(`middy-hardening: ${message}`);
  process.exit(1);
}
