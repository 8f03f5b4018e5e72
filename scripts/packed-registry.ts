/**
 * A registry of npm on this machine that has the packages of this workspace as they would be
 * published, so that commands of the documentation can be run word for word before they are.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const SCOPE = "@middy-hardening";

export interface Registry extends AsyncDisposable {
  /** Has npm take the suite from here, and all else from where it always does. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * @param tarballs by the names of packages.
 * @param folder for a configuration of npm.
 */
export async function startRegistry(
  tarballs: ReadonlyMap<string, string>,
  folder: string,
): Promise<Registry> {
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? "").slice(1).replace(/\/-\/.*$/, ""));
    const tarball = tarballs.get(name);
    if (tarball === undefined) response.writeHead(404).end("{}");
    else if (request.url?.includes("/-/")) response.end(readFileSync(tarball));
    else response.end(JSON.stringify(packumentOf(tarball, `${url}/${name}/-/package.tgz`)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = join(folder, "npmrc");
  const [own] = execFileSync("npm", ["config", "get", "userconfig"], { encoding: "utf8" }).split(
    "\n",
  );
  let settings = "";
  try {
    settings = readFileSync(own ?? "", "utf8");
  } catch {
    // There need not be one.
  }
  writeFileSync(config, `${settings}\n${SCOPE}:registry=${url}/\n`);
  return {
    environment: { npm_config_userconfig: config },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a registry says of a package that has one version. */
function packumentOf(tarball: string, url: string): object {
  const text = execFileSync("tar", ["-xzOf", tarball, "package/package.json"], {
    encoding: "utf8",
  });
  const manifest = JSON.parse(text) as { name: string; version: string };
  const { name, version } = manifest;
  const integrity = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  const versions = { [version]: { ...manifest, dist: { tarball: url, integrity } } };
  return { name, "dist-tags": { latest: version }, versions };
}
