/**
 * Bundling as for a deployment: the built packages, minified, as one module.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Ajv2020 } from "ajv/dist/2020.js";
import standaloneCode from "ajv/dist/standalone/index.js";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { AJV_OPTIONS, eventJsonSchema } from "../stacks/order-json-schema.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** In place of AJV, the code that it generates: "precompiled", as Middy's documentation advises. */
const precompiledSchema: Plugin = {
  name: "precompiled-schema",
  setup({ onLoad }) {
    onLoad({ filter: /order-ajv\.ts$/ }, () => {
      const ajv = new Ajv2020({ ...AJV_OPTIONS, code: { source: true, esm: true } });
      const contents = standaloneCode.default(ajv, ajv.compile(eventJsonSchema));
      return {
        contents: `${contents}\nexport { validate as validateEvent };`,
        resolveDir: PACKAGE,
      };
    });
  },
};

/** What a function has anyway, or loads when it needs it. */
const PEERS = ["@aws/*", "@aws-crypto/*", "@aws-lambda-powertools/*", "@aws-sdk/*", "@middy/*"];

const OPTIONS: BuildOptions & { readonly write: false } = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node22",
  format: "esm",
  logLevel: "error",
  absWorkingDir: PACKAGE,
  // What is still CommonJS asks for Node's own modules by `require`.
  banner: {
    js: 'import{createRequire as bundledRequire}from"node:module";const require=bundledRequire(import.meta.url);',
  },
  plugins: [precompiledSchema],
  // An optional peer that no stack uses. A function that does not has not installed it either, and its
  // bundle not the 460 KB that the import would bring into this one.
  external: ["@aws-crypto/client-node"],
  write: false,
};

export interface Bundle {
  readonly code: Uint8Array;
  readonly bytes: number;
  readonly gzippedBytes: number;
}

/** A stack with all that it imports. */
export const bundleStack = (stack: string): Promise<Bundle> =>
  bundle({ ...OPTIONS, entryPoints: [`src/stacks/${stack}.ts`] });

/** The own code of one of the suite's packages, and nothing that it imports. */
export const bundlePackage = (name: string): Promise<Bundle> =>
  bundle({
    ...OPTIONS,
    banner: {},
    packages: "external",
    entryPoints: [`../${name}/dist/index.js`],
  });

/** What a function gets that uses one of the suite's factories: with what it needs of core, peers aside. */
export const bundleFactory = (name: string): Promise<Bundle> =>
  bundle({
    ...OPTIONS,
    banner: {},
    external: PEERS,
    stdin: {
      contents: `export { default } from "@middy-hardening/${name}";`,
      resolveDir: PACKAGE,
    },
  });

async function bundle(options: BuildOptions & { readonly write: false }): Promise<Bundle> {
  const { outputFiles } = await build(options);
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  return { code, bytes: code.length, gzippedBytes: gzipSync(code).length };
}
