/** The built site, served as any host of files would. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

export interface Site extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
}

export async function serveSite(folder: string): Promise<Site> {
  const server = createServer(({ url = "/" }, response) => {
    const path = join(folder, normalize(decodeURIComponent(new URL(url, "http://site").pathname)));
    const file = [path, `${path}.html`, join(path, "index.html")].find((candidate) =>
      statSync(candidate, { throwIfNoEntry: false })?.isFile(),
    );
    const status = file === undefined ? 404 : 200;
    const sent = file ?? join(folder, "404.html");
    response.writeHead(status, {
      "content-type": TYPES[extname(sent)] ?? "text/plain",
      "cache-control": sent.includes("/assets/") ? "max-age=3600, immutable" : "no-cache",
    });
    createReadStream(sent).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
