/**
 * Checks the package in the current folder as its users will get it: packed, then looked at by
 * publint and are-the-types-wrong.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const folder = resolve("node_modules/.cache");
const tarball = `${folder}/packed.tgz`;
const { name } = JSON.parse(readFileSync("package.json", "utf8")) as { name: string };

const run = (command: string, ...args: string[]): void => {
  try {
    execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    console.error(`${name}: ${command} ${args.join(" ")}\n${stdout}${stderr}`);
    process.exit(1);
  }
};

mkdirSync(folder, { recursive: true });
run("pnpm", "pack", "--out", tarball);
run("publint", "run", "--strict", tarball);
run("attw", tarball, "--profile", "esm-only");
console.log(`${name}: publint and are-the-types-wrong found nothing`);
