/** A Chromium that starts without a past and asks nobody but the site. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESKTOP = { width: 1280, height: 900 } as const;
export const PHONE = { width: 380, height: 800 } as const;

/** Path of the browser, if there is one: `CHROMIUM_PATH`, or that of Debian's package. */
export function findChromium(): string | undefined {
  const path = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined;
}

export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
}

export async function openBrowser(executablePath: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "docs-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: FLAGS,
    viewport: DESKTOP,
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  // Whoever saves data is not sent the pages behind the links of a page ahead of time; all are opened anyway.
  await context.addInitScript(() => {
    Object.defineProperty(navigator, "connection", { value: { saveData: true } });
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** A new tab, and the list that what goes wrong in it is added to. */
export async function openTab(
  context: BrowserContext,
  origin: string,
): Promise<{ readonly tab: Page; readonly faults: string[] }> {
  const tab = await context.newPage();
  const faults: string[] = [];
  tab.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  tab.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  tab.on("requestfailed", (request) => {
    faults.push(`failed: ${request.url()} (${request.failure()?.errorText})`);
  });
  tab.on("response", (response) => {
    if (response.status() >= 400) faults.push(`status ${response.status()}: ${response.url()}`);
  });
  tab.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) {
      faults.push(`asks another host: ${url}`);
    }
  });
  return { tab, faults };
}
