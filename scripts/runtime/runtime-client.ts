/** AWS's runtime interface client, from npm once below `node_modules/.cache`. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CLIENT = "aws-lambda-ric@4.0.2";

const cache = join(import.meta.dirname, "../../node_modules/.cache");

/** @returns the client's module. */
export function installRuntimeClient(): string {
  const folder = join(cache, CLIENT.replace("@", "-"));
  const modules = join(folder, "node_modules/aws-lambda-ric");
  if (existsSync(join(modules, "rapid-client.node"))) return join(modules, "index.mjs");
  if (process.platform !== "linux") fail(`${CLIENT} can be built on Linux alone.`);
  for (const tool of ["cmake", "make", "c++"]) {
    if (spawnSync(tool, ["--version"]).error !== undefined) {
      fail(`test:runtime builds ${CLIENT} from source. Install ${tool} and run it again.`);
    }
  }
  mkdirSync(folder, { recursive: true });
  // It builds in an install script, which newer npms run only by leave.
  const settings = { private: true, allowScripts: { "aws-lambda-ric": true } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(settings));
  console.error(`middy-hardening: building ${CLIENT} (once, about a minute) ...`);
  const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", CLIENT], {
    cwd: folder,
    encoding: "utf8",
  });
  if (npm.status === 0) return join(modules, "index.mjs");
  const isOffline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/.test(
    npm.stderr,
  );
  fail(
    isOffline
      ? `test:runtime downloads ${CLIENT} once, and the npm registry could not be reached. Connect to the network and run it again.`
      : `${CLIENT} could not be built:\n${npm.stderr.trim().split("\n").slice(-20).join("\n")}`,
  );
}

function fail(message: string): never {
  console.error(`middy-hardening: ${message}`);
  process.exit(1);
}
