/**
 * Opens every page of the built site in headless Chromium: nothing fails and nobody else is asked, and it can be
 * read in light and dark, on a desktop and on a phone. Tries the search, and takes pictures of some pages.
 */
import { globSync, mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { root } from "../../scripts/docs/repository.ts";
import { DESKTOP, findChromium, openBrowser, openTab, PHONE } from "./site/browser.ts";
import { tooFaint, tooSmall, tooWide } from "./site/looks.ts";
import { serveSite } from "./site/serve.ts";

const dist = join(root, "docs/.vitepress/dist");
const pictures = join(root, "docs/test-artifacts");
const MINIMUM_TEXT_PX = 14;
const MINIMUM_CONTRAST = 4.5;
/** Pages of middlewares that take options: each has a table of them. */
const HAS_OPTIONS = /^middlewares\/(?!core\.|testing\.)/;

const executable = findChromium();
if (executable === undefined && process.env["CHROMIUM_PATH"]) {
  console.error(`docs: CHROMIUM_PATH names no file: ${process.env["CHROMIUM_PATH"]}`);
  process.exit(1);
}
if (executable === undefined) {
  console.log("docs: the site is built; there is no Chromium to open it (see CHROMIUM_PATH).");
  process.exit(0);
}

const start = performance.now();
const outcomes = new Map<string, readonly string[]>();
const paths = globSync("**/*.html", { cwd: dist }).sort();
await using site = await serveSite(dist);
await using browser = await openBrowser(executable);
mkdirSync(pictures, { recursive: true });

const queue = paths.values();
const readers = Array.from({ length: Math.max(2, availableParallelism()) }, async () => {
  const { tab, faults } = await openTab(browser.context, site.origin);
  for (const path of queue) {
    faults.length = 0;
    await read(tab, path, faults);
    outcomes.set(path, [...faults]);
  }
  await tab.close();
});
await Promise.all(readers);
outcomes.set("search", await search());
outcomes.set("menu", await menu());
for (const path of ["index.html", "middlewares/preset.html"]) {
  if (paths.includes(path)) await takePictures(path);
}

const failed = [...outcomes].filter(([, faults]) => faults.length > 0);
for (const [name, faults] of failed) {
  for (const fault of faults) console.error(`${name}: ${fault}`);
}
const seconds = ((performance.now() - start) / 1000).toFixed(0);
console.log(
  `docs: ${outcomes.size - failed.length} passed, ${failed.length} failed ` +
    `(${paths.length} pages, search, menu; ${seconds} s; pictures in docs/test-artifacts)`,
);
process.exitCode = failed.length === 0 && paths.length > 1 ? 0 : 1;

async function open(tab: Page, path: string): Promise<void> {
  await tab.goto(`${site.origin}/${path}`, { waitUntil: "load" });
  await tab.waitForFunction(() => {
    const app = document.querySelector("#app");
    return app !== null && "__vue_app__" in app;
  });
}

async function read(tab: Page, path: string, faults: string[]): Promise<void> {
  try {
    await tab.setViewportSize(DESKTOP);
    await open(tab, path);
    if (path !== "404.html" && (await tab.locator("h1").count()) !== 1)
      faults.push("has no one title");
    if (HAS_OPTIONS.test(path) && (await optionsOn(tab)) === 0)
      faults.push("has no table of options");
    const light = await tab.evaluate(tooFaint, MINIMUM_CONTRAST);
    await tab.evaluate(() => document.documentElement.classList.add("dark"));
    const dark = await tab.evaluate(tooFaint, MINIMUM_CONTRAST);
    await tab.setViewportSize(PHONE);
    faults.push(
      ...light.map((text) => `light, contrast ${text}`),
      ...dark.map((text) => `dark, contrast ${text}`),
      ...(await tab.evaluate(tooWide)),
      ...(await tab.evaluate(tooSmall, MINIMUM_TEXT_PX)),
    );
  } catch (error) {
    faults.push(String(error));
  }
}

/** Rows of the tables of options. */
async function optionsOn(tab: Page): Promise<number> {
  return tab
    .locator("table", { has: tab.locator("th", { hasText: /^Default$/ }) })
    .locator("tbody tr")
    .count();
}

async function search(): Promise<readonly string[]> {
  const { tab, faults } = await openTab(browser.context, site.origin);
  try {
    await open(tab, "index.html");
    await tab.locator("#local-search button").click();
    await tab.locator(".search-input").fill("redaction");
    const result = tab.locator(".result").first();
    await result.waitFor({ timeout: 10_000 });
    await result.click();
    await tab.waitForURL((url) => url.pathname !== "/");
    await tab.locator(".vp-doc", { hasText: /redact/i }).waitFor();
  } catch (error) {
    faults.push(String(error));
  }
  await tab.close();
  return faults;
}

async function menu(): Promise<readonly string[]> {
  const { tab, faults } = await openTab(browser.context, site.origin);
  try {
    await tab.setViewportSize(PHONE);
    await open(tab, "index.html");
    await tab.locator(".VPLocalNav .menu").click();
    await tab.locator(".VPSidebar").getByRole("link", { name: "Monitoring" }).click();
    await tab.waitForURL("**/monitoring.html");
  } catch (error) {
    faults.push(String(error));
  }
  await tab.close();
  return faults;
}

async function takePictures(path: string): Promise<void> {
  const { tab } = await openTab(browser.context, site.origin);
  const name = path.replace(/\.html$/, "").replaceAll("/", "-");
  for (const colorScheme of ["light", "dark"] as const) {
    await tab.emulateMedia({ colorScheme });
    await tab.setViewportSize(DESKTOP);
    await open(tab, path);
    await tab.screenshot({ path: join(pictures, `${name}-desktop-${colorScheme}.png`) });
    await tab.setViewportSize(PHONE);
    await tab.screenshot({ path: join(pictures, `${name}-phone-${colorScheme}.png`) });
  }
  await tab.close();
}
