/**
 * Runs a command of the workspace from a bare checkout: `node scripts/run.cjs NAME`.
 *
 * It checks the Node that started it, installs what is missing (once for each lockfile), and then
 * runs the command's steps on the workspace's own Node. The syntax is old on purpose: a Node that
 * is too old must be able to read this file to say so (no `node:` specifiers, no `??`, no `?.`).
 */
"use strict";

const major = Number(process.versions.node.split(".")[0]);
if (major < 18) {
  fail(
    "Node " +
      process.versions.node +
      " is too old to start this workspace. Install Node 18 or later.",
  );
}

const childProcess = require("child_process");
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..");
const modules = path.join(root, "node_modules");
const docs = path.join(root, "docs");
const isWindows = process.platform === "win32";

/** Node 22 for `test:node22`, kept apart from the workspace's own Node 24. */
const NODE_22 = "22.23.3";

const commands = {
  test: () => {
    turbo(["run", "test", "//#types"]);
  },
  "test:node22": () => {
    const node22 = installNode22();
    turbo(["run", "test", "//#types"], node22);
  },
  check: () => {
    turbo([
      "run",
      "//#types",
      "//#lint",
      "//#unused",
      "//#structure",
      "//#generated",
      "//#snippets",
      "//#patterns",
      "//#workflows",
      "//#links",
      "//#picture",
      "packed",
    ]);
  },
  demo: () => {
    node(["--conditions=source", "scripts/demo.ts"]);
  },
  start: () => {
    node(["--conditions=source", "examples/http-api/src/serve.ts"]);
  },
  "test:aws": () => {
    node(["--conditions=source", "scripts/test-aws.ts"]);
  },
  "test:packed": () => {
    turbo(["run", "build"], undefined, () => {
      node(["scripts/test-packed.ts"]);
    });
  },
  "test:runtime": () => {
    process.env.NODE_22 = path.join(installNode22(), isWindows ? "node.exe" : "node");
    turbo(["run", "build"], undefined, () => {
      node(["--conditions=source", "scripts/test-runtime.ts"]);
    });
  },
  "test:soak": () => {
    process.env.SOAK = process.env.SOAK || "100000";
    turbo(["run", "test", "--filter=@middy-hardening/secrets-loader"]);
  },
  build: () => {
    turbo(["run", "build"]);
  },
  sbom: () => {
    node(["scripts/sbom.ts"]);
  },
  versions: () => {
    versions();
  },
  release: () => {
    node(["scripts/release.ts"].concat(process.argv.slice(3)));
  },
  docs: () => {
    // The site follows its own links; those that leave it, to the repository, are looked at in the sources.
    turbo(["run", "site", "//#links"]);
  },
  "docs:serve": () => {
    turbo(["run", "site"], undefined, () => {
      const vitepress = path.join(docs, "node_modules", "vitepress", "bin", "vitepress.js");
      node([vitepress, "preview", docs].concat(process.argv.slice(3)));
    });
  },
  "test:docs": () => {
    turbo(["run", "site"], undefined, () => {
      node(["docs/scripts/test-site.ts"]);
    });
  },
  bench: () => {
    const wanted = process.argv.slice(3);
    turbo(["run", "build"], undefined, () => {
      node(["--conditions=source", "packages/benchmarks/src/main.ts"].concat(wanted));
    });
  },
};

const name = process.argv[2];
if (!Object.hasOwn(commands, name)) {
  fail(`There is no command '${name}'. Commands: ${Object.keys(commands).join(", ")}.`);
}
install();
commands[name]();

/** Prints one line and ends with status 1. */
function fail(message) {
  console.error(`middy-hardening: ${message}`);
  process.exit(1);
}

/** Installs the workspace's packages unless those of this very lockfile are there. */
function install() {
  const lock = fs.readFileSync(path.join(root, "pnpm-lock.yaml"));
  const wanted = `${crypto.createHash("sha256").update(lock).digest("hex")} ${process.platform}`;
  const stamp = path.join(modules, ".installed");
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === wanted) return;
  const pnpm = `pnpm@${manifest().devDependencies.pnpm}`;
  console.error("middy-hardening: installing the workspace (once) ...");
  fetchPackages("npx", ["--yes", pnpm, "install", "--frozen-lockfile", "--prefer-offline"]);
  fs.writeFileSync(stamp, wanted);
}

function installNode22() {
  const folder = path.join(modules, ".cache", `node-${NODE_22}`);
  const bin = path.join(folder, "node_modules", "node", "bin");
  if (!fs.existsSync(path.join(bin, isWindows ? "node.exe" : "node"))) {
    fs.mkdirSync(folder, { recursive: true });
    // The npm package `node` fetches its binary in an install script, which newer npms run only by leave.
    const settings = '{ "private": true, "allowScripts": { "node": true } }\n';
    fs.writeFileSync(path.join(folder, "package.json"), settings);
    console.error(`middy-hardening: installing Node ${NODE_22} (once) ...`);
    fetchPackages("npm", [
      "install",
      "--prefix",
      folder,
      "--no-audit",
      "--no-fund",
      `node@${NODE_22}`,
    ]);
  }
  return bin;
}

/** Runs a package manager, with one line about the network if that is what it lacked. */
function fetchPackages(command, args) {
  const result = childProcess.spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    shell: isWindows,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  const output = String(result.stdout || "") + String(result.stderr || "");
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network|dns error/i.test(
      output,
    )
  ) {
    fail(
      "The first run downloads packages, and the npm registry could not be reached. " +
        "Connect to the network (or set npm's registry or proxy) and run the command again.",
    );
  }
  process.stderr.write(`${output.split("\n").slice(-20).join("\n")}\n`);
  fail(
    result.error
      ? "Could not run " +
          command +
          " (" +
          result.error.message +
          "). Is npm installed and on the PATH?"
      : "Installing failed (see above). Remove node_modules and run the command again.",
  );
}

/** Environment in which `node` is the workspace's own, or the one in `nodeBin`. */
function environment(nodeBin) {
  const bin = nodeBin || path.join(modules, "node", "bin");
  const paths = [bin, path.join(modules, ".bin"), process.env.PATH];
  return Object.assign({}, process.env, {
    PATH: paths.join(path.delimiter),
    WORKSPACE_NODE_VERSION: path.relative(modules, bin),
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  });
}

function turbo(args, nodeBin, next) {
  const flags = [
    "--output-logs=new-only",
    "--log-order=grouped",
    "--concurrency=2",
    "--continue=dependencies-successful",
  ];
  run(
    path.join(modules, ".bin", isWindows ? "turbo.cmd" : "turbo"),
    args.concat(flags),
    nodeBin,
    next,
  );
}

/** Spends the changesets: versions, CHANGELOGs, the ranges of the examples, and the lockfile. */
function versions() {
  const command = (name) => path.join(modules, ".bin", isWindows ? `${name}.cmd` : name);
  run(command("changeset"), ["version"], undefined, () => {
    run(command("pnpm"), ["install", "--lockfile-only"], undefined, () => {
      run(command("biome"), ["check", "--write", "packages", "examples", ".changeset"]);
    });
  });
}

function node(args) {
  run(path.join(modules, "node", "bin", isWindows ? "node.exe" : "node"), args);
}

/** Runs a command, and `next` when it has succeeded. */
function run(command, args, nodeBin, next) {
  const child = childProcess.spawn(command, args, {
    cwd: root,
    env: environment(nodeBin),
    shell: isWindows && /\.cmd$/.test(command),
    stdio: "inherit",
  });
  // Ctrl-C reaches the child as well; this process ends with it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {
    child.kill("SIGTERM");
  });
  child.on("error", (error) => {
    fail(`Could not run ${command} (${error.message}). Remove node_modules and try again.`);
  });
  child.on("exit", (status) => {
    if (status === 0 && next) next();
    else process.exit(status === null ? 1 : status);
  });
}

function manifest() {
  return JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
}
