/**
 * Checks that the arrows of the workspace point one way (`preset` and `examples` -> middlewares ->
 * `core`; `testing` -> `core`), and what no package may import.
 */
import { globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, relative, resolve } from "node:path";
import { parseSync } from "oxc-parser";

const SCOPE = "@middy-hardening/";

/** What a package may import of the suite in `src`; a package that is not named is a middleware. */
const mayImport: Readonly<Record<string, (target: string) => boolean>> = {
  core: () => false,
  testing: (target) => target === "core",
  preset: (target) => target !== "testing" && target !== "benchmarks",
  benchmarks: () => true,
};
const middlewareMayImport = (target: string): boolean => target === "core";

interface Manifest {
  readonly name: string;
  readonly license?: string;
  readonly keywords?: readonly string[];
  readonly engines?: { readonly node?: string };
  readonly repository?: { readonly directory?: string };
  readonly files?: readonly string[];
  readonly publishConfig?: { readonly access?: string };
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const problems: string[] = [];

for (const manifestPath of globSync("packages/*/package.json")) {
  const folder = dirname(manifestPath);
  const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as Manifest;
  const short = manifest.name.slice(SCOPE.length);
  const allowed = mayImport[short] ?? middlewareMayImport;
  const declared = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    // What nobody installs from npm has all that the workspace has.
    ...(manifest.private && manifest.devDependencies),
  };

  for (const dependency of Object.keys(declared)) {
    if (dependency.startsWith(SCOPE) && !allowed(dependency.slice(SCOPE.length))) {
      problems.push(`${manifestPath}: ${manifest.name} may not depend on ${dependency}.`);
    }
  }
  if (!manifest.private) problems.push(...unreadyIn(manifestPath, manifest));
  for (const file of globSync(`${folder}/src/**/*.ts`)) {
    for (const { specifier, isType, isStatic } of importsOf(file)) {
      if (specifier.startsWith(".")) {
        const target = relative(resolve(folder, "src"), resolve(dirname(file), specifier));
        if (target.startsWith("..")) problems.push(`${file}: ${specifier} leaves the package.`);
        continue;
      }
      if (specifier.startsWith("node:") && builtinModules.includes(specifier.slice(5))) continue;
      const name = packageOf(specifier);
      if (name.startsWith(SCOPE) && !allowed(name.slice(SCOPE.length))) {
        problems.push(`${file}: ${manifest.name} may not import ${name}.`);
      }
      const isDeclared = name in declared || (isType && `@types/${name}` in declared);
      if (!isDeclared) problems.push(`${file}: ${name} is not among the package's dependencies.`);
      if (isStatic && !isType && name.startsWith("@aws-sdk/")) {
        problems.push(
          `${file}: import ${name} when it is first needed, not at the top of a module.`,
        );
      }
      if (!isType && name === "zod" && !manifest.private) {
        problems.push(`${file}: zod is not imported at run time.`);
      }
    }
  }
}

for (const file of globSync("packages/*/test/**/*.ts")) {
  for (const { specifier } of importsOf(file)) {
    const [, folder = ""] = /^(packages\/[^/]+)\//.exec(file) ?? [];
    const target = relative(folder, resolve(dirname(file), specifier));
    if (specifier.startsWith(".") && target.startsWith("..")) {
      problems.push(`${file}: ${specifier} leaves the package.`);
    }
    const inMiddleware = !/^packages\/(?:preset|benchmarks)\//.test(file);
    if (inMiddleware && specifier === `${SCOPE}preset`) {
      problems.push(`${file}: only examples and benchmarks import preset.`);
    }
  }
}

// An example works when it is copied: it finds all that it imports in its own folder or its manifest.
for (const manifestPath of globSync("examples/*/package.json")) {
  const folder = dirname(manifestPath);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(manifestPath, "utf8"));
  const declared = { ...dependencies, ...devDependencies };
  for (const file of globSync(`${folder}/{*,{src,test,demo}/**/*}.ts`)) {
    for (const { specifier, isType } of importsOf(file)) {
      if (specifier.startsWith(".")) {
        const target = relative(folder, resolve(dirname(file), specifier));
        if (target.startsWith("..")) problems.push(`${file}: ${specifier} leaves the example.`);
      } else if (!isType && !specifier.startsWith("node:") && !(packageOf(specifier) in declared)) {
        problems.push(`${file}: ${specifier} is not among the example's dependencies.`);
      }
    }
  }
}

for (const problem of problems) console.error(problem);
console.log(`structure: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** What a package still lacks that npm shows to its users. */
function unreadyIn(path: string, manifest: Manifest): string[] {
  const { license, keywords = [], engines, repository, files, publishConfig } = manifest;
  const rules: ReadonlyArray<readonly [holds: boolean, wanted: string]> = [
    [license === "MIT", '"license": "MIT"'],
    [["middy", "lambda", "aws"].every((word) => keywords.includes(word)), "keywords"],
    [engines?.node === ">=22.3", '"engines": { "node": ">=22.3" }'],
    [repository?.directory === dirname(path), "repository.directory, its own folder"],
    [files?.includes("CHANGELOG.md") === true, "CHANGELOG.md among its files"],
    [publishConfig?.access === "public", 'publishConfig.access "public"'],
  ];
  return rules.flatMap(([holds, wanted]) => (holds ? [] : [`${path}: wants ${wanted}.`]));
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

interface ModuleImport {
  readonly specifier: string;
  readonly isType: boolean;
  readonly isStatic: boolean;
}

function importsOf(file: string): ModuleImport[] {
  const source = readFileSync(file, "utf8");
  const { module, errors } = parseSync(file, source);
  if (errors.length > 0) problems.push(`${file}: ${errors[0]?.message}`);
  const imports: ModuleImport[] = module.staticImports.map((statement) => ({
    specifier: statement.moduleRequest.value,
    isType: statement.entries.length > 0 && statement.entries.every((entry) => entry.isType),
    isStatic: true,
  }));
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) {
      if (entry.moduleRequest === null) continue;
      imports.push({ specifier: entry.moduleRequest.value, isType: entry.isType, isStatic: true });
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = source.slice(moduleRequest.start, moduleRequest.end);
    if (/^["'][^"']+["']$/.test(literal)) {
      imports.push({ specifier: literal.slice(1, -1), isType: false, isStatic: false });
    }
  }
  return imports;
}
