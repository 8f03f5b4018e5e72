/** Bundles as for deployment: by an example's own `bundle` script, for each runtime and way to get the SDK. */
import { exec } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

export interface Variant {
  readonly target: "node22" | "node24";
  /** Whether the AWS SDK is the runtime's, or in the bundle. */
  readonly sdk: "external" | "bundled";
}

export const VARIANTS: readonly Variant[] = [
  { target: "node22", sdk: "external" },
  { target: "node22", sdk: "bundled" },
  { target: "node24", sdk: "external" },
  { target: "node24", sdk: "bundled" },
];

const root = join(import.meta.dirname, "../..");

/** Clients that an application without them leaves out, as the examples' READMEs say. */
export const UNUSED_CLIENTS =
  "--external:@aws-sdk/client-ssm --external:@aws-sdk/client-appconfigdata";

/** Where the workspace has packages of the SDK, those that others bring with them included. */
const SDK = ["node_modules", "node_modules/.pnpm/node_modules"];

/**
 * Other functions run meanwhile, and this process serves them.
 *
 * @param example its folder, with the script and the packages that the bundle holds.
 * @param entry in place of the example's own handler.
 * @param folder outside the repository, so that a bundle finds nothing but what it holds.
 */
export async function bundle(
  example: string,
  { target, sdk }: Variant,
  folder: string,
  entry = "src/handler.ts",
): Promise<void> {
  const { scripts } = JSON.parse(readFileSync(join(example, "package.json"), "utf8")) as {
    readonly scripts: { readonly bundle: string };
  };
  const outfile = join(folder, "index.mjs");
  const command = scripts.bundle
    .replace("src/handler.ts", entry)
    .replace("dist/index.mjs", outfile)
    .replace("--target=node22", `--target=${target}`)
    .replace("--external:@aws-sdk/*", sdk === "external" ? "$&" : UNUSED_CLIENTS);
  mkdirSync(folder, { recursive: true });
  const modules = join(example, "node_modules");
  const { stderr } = await promisify(exec)(`${command} --log-level=warning`, {
    cwd: example,
    env: {
      ...process.env,
      PATH: [join(modules, ".bin"), process.env["PATH"]].join(delimiter),
      NODE_PATH: modules,
    },
  });
  if (stderr !== "") throw new Error(`${command}\n${stderr}`);

  if (sdk === "external") provideSdk(folder, modules);
}

/** All of the SDK that there is, as Lambda's runtime brings all of it. */
function provideSdk(folder: string, modules: string): void {
  const provided = join(folder, "node_modules/@aws-sdk");
  mkdirSync(provided, { recursive: true });
  for (const place of [modules, ...SDK.map((name) => join(root, name))]) {
    const scope = join(place, "@aws-sdk");
    for (const name of existsSync(scope) ? readdirSync(scope) : []) {
      const link = join(provided, name);
      if (!existsSync(link)) symlinkSync(join(scope, name), link);
    }
  }
}
