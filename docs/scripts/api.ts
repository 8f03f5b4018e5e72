/**
 * Writes the API reference, docs/api, from the doc comments of the public packages: a page for each.
 *
 * Whatever TypeDoc complains of fails the build: a link that leads nowhere, an export without a comment. Types
 * that signatures name and no package exports stay names: they compute what an option's type gives.
 */
import { globSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  Application,
  type Context,
  Converter,
  type DeclarationReflection,
  ReflectionKind,
} from "typedoc";
import { repositoryUrl, root } from "../../scripts/docs/repository.ts";

const out = join(root, "docs/api");

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, { readonly source: string }>>;
}

const entryPoints: string[] = [];
/** What each entry point of a public package is imported by, by its name as TypeDoc has it. */
const names = new Map<string, string>();
for (const path of globSync("packages/*/package.json", { cwd: root }).sort()) {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, path), "utf8"));
  if (manifest.private) continue;
  for (const [subpath, { source }] of Object.entries(manifest.exports ?? {})) {
    const file = join(dirname(path), source);
    entryPoints.push(join(root, file));
    names.set(file.replace(/(?:\/index)?\.ts$/, ""), join(manifest.name, subpath));
  }
}

rmSync(out, { recursive: true, force: true });
const application = await Application.bootstrapWithPlugins({
  name: "API reference",
  entryPoints,
  tsconfig: join(root, "docs/tsconfig.api.json"),
  skipErrorChecking: true,
  basePath: root,
  displayBasePath: root,
  packagesRequiringDocumentation: [...names.values()],
  readme: "none",
  excludeExternals: true,
  excludeInternal: true,
  excludeReferences: true,
  sort: ["source-order"],
  groupOrder: ["Functions", "Classes", "Interfaces", "Type Aliases", "Variables"],
  disableGit: true,
  sourceLinkTemplate: `${repositoryUrl}/blob/main/{path}#L{line}`,
  requiredToBeDocumented: ["Module", "Variable", "Function", "Class", "Interface", "TypeAlias"],
  validation: { invalidLink: true, invalidPath: true, notDocumented: true, notExported: false },
  plugin: ["typedoc-plugin-markdown"],
  out,
  logLevel: "Warn",
  // Options of the plugin, which TypeDoc's own type does not have.
  ...{
    router: "module",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    typeAliasPropertiesFormat: "table",
    typeDeclarationFormat: "table",
    parametersFormat: "table",
    tableColumnSettings: {
      hideDefaults: true,
      hideInherited: true,
      hideModifiers: true,
      hideOverrides: true,
      hideSources: true,
      leftAlignHeaders: true,
    },
    entryFileName: "index",
    excludeScopesInPaths: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    sanitizeComments: true,
    useHTMLEncodedBrackets: true,
  },
});
application.converter.on(
  Converter.EVENT_CREATE_DECLARATION,
  (_context: Context, reflection: DeclarationReflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    reflection.name = names.get(reflection.name) ?? reflection.name;
  },
);
const project = await application.convert();
if (project !== undefined) {
  application.validate(project);
  await application.generateOutputs(project);
}
const { errorCount, warningCount } = application.logger;
console.log(`api: ${names.size} entry points, ${errorCount + warningCount} problems`);
process.exitCode = project !== undefined && errorCount + warningCount === 0 ? 0 : 1;
