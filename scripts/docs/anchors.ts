/**
 * The anchors of headings, as GitHub makes them. The site makes the same ones: a link that works on the code
 * host works there, and `npm run docs` compares what this file says with what the site has.
 *
 * VitePress by itself would make others: `cors-origins` of the heading "cors.origins", for one.
 */

/** The anchor of a heading, of its text without any markup. */
export function anchorOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

/** The anchors of a page's headings, in their order: a repeated one is numbered. */
export function anchorsOf(headings: readonly string[]): string[] {
  const taken = new Set<string>();
  return headings.map((heading) => {
    const plain = anchorOf(heading);
    let anchor = plain;
    for (let count = 1; taken.has(anchor); count += 1) anchor = `${plain}-${count}`;
    taken.add(anchor);
    return anchor;
  });
}
