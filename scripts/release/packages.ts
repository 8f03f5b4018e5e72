/** The packages that are published, in the order in which they are: none before what it depends on. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface PublicPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** A line of `release/packages.json`: a tarball, and its integrity as npm writes it. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly bytes: number;
  readonly integrity: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** @throws Error when packages depend on each other in a circle. */
export function publicPackages(root: string): PublicPackage[] {
  const waiting = new Map<string, PublicPackage>();
  for (const path of globSync("packages/*/package.json", { cwd: root }).sort()) {
    const manifest = JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
    if (manifest.private === true) continue;
    const { name, version, dependencies = {} } = manifest;
    waiting.set(name, { name, version, folder: join(root, dirname(path)), dependencies });
  }
  const ordered: PublicPackage[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter(({ dependencies }) =>
      Object.keys(dependencies).every((name) => !waiting.has(name)),
    );
    if (ready.length === 0) {
      throw new Error(`These depend on each other in a circle: ${[...waiting.keys()].join(", ")}.`);
    }
    for (const each of ready) waiting.delete(each.name);
    ordered.push(...ready);
  }
  return ordered;
}

/** A file's name for a package, such as `middy-hardening-core-0.1.0`. */
export function fileNameOf({ name, version }: Pick<PublicPackage, "name" | "version">): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}`;
}
