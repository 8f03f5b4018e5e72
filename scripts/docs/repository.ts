/** Where the repository is, from the manifest of core. */
import { readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the repository. */
export const root = resolve(fileURLToPath(import.meta.url), "../../..");

const manifest: { readonly repository: { readonly url: string } } = JSON.parse(
  readFileSync(join(root, "packages/core/package.json"), "utf8"),
);

/** Address of the repository on its code host. */
export const repositoryUrl = manifest.repository.url.replace(/^git\+|\.git$/g, "");

/** Address of a file or folder of the repository on its code host. */
export function addressOf(path: string): string {
  const kind = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? "tree" : "blob";
  return `${repositoryUrl}/${kind}/main/${relative(root, path).split(sep).join("/")}`;
}
