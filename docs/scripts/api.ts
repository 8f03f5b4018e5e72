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
}

/** The name of each public package, by that of its entry point as TypeDoc has it. */
const packages = new Map<string, string>();
for (const path of globSync("packages/*/package.json", { cwd: root }).sort()) {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, path), "utf8"));
  if (!manifest.private) packages.set(`${dirname(path)}/src`, manifest.name);
}

rmSync(out, { recursive: true, force: true });
const application = await Application.bootstrapWithPlugins({
  name: "API reference",
  entryPoints: [...packages.keys()].map((path) => join(root, path, "index.ts")),
  tsconfig: join(root, "docs/tsconfig.api.json"),
  skipErrorChecking: true,
  basePath: root,
  displayBasePath: root,
  packagesRequiringDocumentation: [...packages.values()],
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
    reflection.name = packages.get(reflection.name) ?? reflection.name;
  },
);
const project = await application.convert();
if (project !== undefined) {
  application.validate(project);
  await application.generateOutputs(project);
}
const { errorCount, warningCount } = application.logger;
console.log(`api: ${packages.size} packages, ${errorCount + warningCount} problems`);
process.exitCode = project !== undefined && errorCount + warningCount === 0 ? 0 : 1;
