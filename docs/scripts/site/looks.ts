/** How a page looks: functions that run in the browser, each complete in itself. */

/** Elements that make the page wider than the window. */
export function tooWide(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = [...document.body.querySelectorAll("*")]
    .filter((element) => element.closest("pre") === null)
    .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
    .map((element) => `${element.tagName.toLowerCase()}.${element.className}`);
  return [`is ${scrollWidth} px wide, not ${clientWidth}: ${wide.slice(0, 3).join(", ")}`];
}

/** Text of the page itself that is smaller than `minimumPx`. */
export function tooSmall(minimumPx: number): string[] {
  const found = new Map<string, string>();
  const main = document.querySelector(".vp-doc, .NotFound");
  if (main === null) return ["has no text"];
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent?.replace(/[\s\u200B]+/g, " ").trim() ?? "";
    if (element === null || text === "" || element.getClientRects().length === 0) continue;
    const size = Number.parseFloat(getComputedStyle(element).fontSize);
    const kind = element.closest("pre, table, li, p, h1, h2, h3, h4")?.tagName.toLowerCase();
    if (size < minimumPx) found.set(`${kind} ${size}`, `${size} px: "${text}" (${kind})`);
  }
  return [...found.values()];
}

/** Text with less contrast than `minimum` to what is behind it (3 for large text, as in WCAG 2.2, 1.4.3). */
export function tooFaint(minimum: number): string[] {
  type Colour = readonly [red: number, green: number, blue: number, alpha: number];

  const parse = (text: string): Colour => {
    const numbers = text.match(/-?[\d.]+(?:e-?\d+)?/g)?.map(Number) ?? [];
    const [red = 0, green = 0, blue = 0, alpha = 1] = numbers;
    return text.startsWith("color(")
      ? [red * 255, green * 255, blue * 255, alpha]
      : [red, green, blue, alpha];
  };
  const over = (front: Colour, back: Colour): Colour => {
    const mix = (one: number, other: number): number => one * front[3] + other * (1 - front[3]);
    return [mix(front[0], back[0]), mix(front[1], back[1]), mix(front[2], back[2]), 1];
  };
  const luminance = ([red, green, blue]: Colour): number => {
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgrounds = new Map<Element, Colour>();
  const backgroundOf = (element: Element | null): Colour => {
    if (element === null) return [255, 255, 255, 1];
    const known = backgrounds.get(element);
    if (known !== undefined) return known;
    const own = parse(getComputedStyle(element).backgroundColor);
    const colour = own[3] === 1 ? own : over(own, backgroundOf(element.parentElement));
    backgrounds.set(element, colour);
    return colour;
  };
  const opacities = new Map<Element, number>();
  const opacityOf = (element: Element | null): number => {
    if (element === null) return 1;
    const known = opacities.get(element);
    if (known !== undefined) return known;
    const opacity = Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement);
    opacities.set(element, opacity);
    return opacity;
  };

  const found = new Map<string, string>();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent?.replace(/[\s\u200B]+/g, " ").trim() ?? "";
    if (element === null || text === "" || element.getClientRects().length === 0) continue;
    const { width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const opacity = opacityOf(element);
    const isHidden = style.visibility !== "visible" || opacity === 0 || width <= 1 || height <= 1;
    if (isHidden || element.closest("[disabled], .visually-hidden") !== null) continue;
    const background = backgroundOf(element);
    const [red, green, blue, alpha] = parse(style.color);
    const front = luminance(over([red, green, blue, alpha * opacity], background));
    const back = luminance(background);
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio >= (isLarge ? Math.min(3, minimum) : minimum)) continue;
    const place = element.closest("[class]")?.className ?? "";
    found.set(`${style.color} ${place}`, `${ratio.toFixed(2)}: "${text.slice(0, 40)}" (${place})`);
  }
  return [...found.values()];
}
