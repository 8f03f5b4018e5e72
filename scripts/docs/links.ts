/** Which links of the repository's Markdown pages lead nowhere, or do so only here. */
import { posix } from "node:path";
import { type Page, readPage } from "./page.ts";

export interface Repository {
  /** The pages' texts by their paths. */
  readonly pages: ReadonlyMap<string, string>;
  /** Paths of all files that are committed or about to be. */
  readonly files: Iterable<string>;
  /** Its address on the code host. */
  readonly url: string;
}

export interface CheckedLinks {
  readonly count: number;
  /** `path:line: what is wrong`, in the order of the pages. */
  readonly problems: readonly string[];
}

export function checkLinks({ pages, files, url }: Repository): CheckedLinks {
  const places = withFolders(files);
  const read = new Map([...pages].map(([path, text]) => [path, readPage(text)]));
  let count = 0;
  const problems = [...read].flatMap(([path, page]) => {
    count += page.links.length;
    const found = page.links.flatMap(({ address, line }) => {
      const what = /^[a-z][a-z\d+.-]*:|^\/\//i.test(address)
        ? problemOfExternal(address, url)
        : problemOfRelative(address, path, places, read);
      return what === undefined ? [] : [{ line, what: `${address}: ${what}` }];
    });
    return [...page.problems, ...found]
      .sort((one, other) => one.line - other.line)
      .map(({ line, what }) => `${path}:${line}: ${what}`);
  });
  return { count, problems };
}

/** Not fetched: a check that needs the network fails on days when nothing here is wrong. */
function problemOfExternal(address: string, repository: string): string | undefined {
  const url = URL.parse(address);
  if (url === null) return "This is no URL.";
  if (url.protocol !== "https:") return "Write an https address.";
  if (!/^[a-z\d-]+(?:\.[a-z\d-]+)+$/.test(url.hostname)) return "This is no public host.";
  if (url.username !== "" || url.port !== "") return "Write an address without a user or a port.";
  if (`${address}/`.startsWith(`${repository}/`)) return "Write a relative link to a file of ours.";
  return undefined;
}

function problemOfRelative(
  address: string,
  from: string,
  places: ReadonlySet<string>,
  pages: ReadonlyMap<string, Page>,
): string | undefined {
  const [, path = "", query = "", anchor] = /^([^?#]*)(\?[^#]*)?(?:#(.*))?$/.exec(address) ?? [];
  if (path.startsWith("/")) return "Write a path from this file on: hosts differ in their root.";
  if (query !== "") return "A file has no query.";
  const name = decoded(path);
  if (name === undefined) return "This is no address.";
  const target = path === "" ? from : posix.join(posix.dirname(from), name).replace(/\/$/, "");
  if (!places.has(target)) return "There is no such file or folder in the repository.";
  if (anchor === undefined) return undefined;
  const page = pages.get(target);
  if (page === undefined) return "Only a Markdown page has anchors that last.";
  const wanted = decoded(anchor);
  if (wanted !== undefined && page.anchors.has(wanted)) return undefined;
  return `${target} has no heading with this anchor.`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function withFolders(files: Iterable<string>): ReadonlySet<string> {
  const places = new Set<string>();
  for (const file of files) {
    for (let path = file; path !== "." && !places.has(path); path = posix.dirname(path)) {
      places.add(path);
    }
  }
  return places;
}
