/**
 * Places in a value, such as `user.address.street`, `items[*].card`, `**.note`.
 *
 * @module
 */

const ANY = Symbol("any member");
const DEEP = Symbol("members at any depth");

type Segment = string | typeof ANY | typeof DEEP;

/** What is left of the paths that lead through a member. */
export type Places = readonly (readonly Segment[])[];

const NO_PLACES: Places = [];

const SEGMENT = /\.?([^.[\]*]+)|\.?(\*\*?)|\[(?:(\d+)|(\*)|"([^"]+)"|'([^']+)')\]/y;

/** @throws TypeError for a path that cannot be read. */
export function parsePaths(paths: readonly string[]): Places {
  return paths.map((path) => {
    const segments: Segment[] = [];
    SEGMENT.lastIndex = 0;
    while (SEGMENT.lastIndex < path.length) {
      const match = SEGMENT.exec(path);
      if (match === null || (segments.length === 0 && path.startsWith("."))) {
        throw new TypeError(
          `@middy-hardening/security-logger: redactor: option "paths" has ${JSON.stringify(path)}, which is no path. ` +
            'Write members as user.name or user["first.name"], items as items[0] or items[*], any depth as **.name.',
        );
      }
      const [, name, stars, index, star, double, single] = match;
      if (stars === "**") segments.push(DEEP);
      else if (stars === "*" || star === "*") segments.push(ANY);
      else segments.push((name ?? index ?? double ?? single) as string);
    }
    return segments;
  });
}

/** What is left of the paths behind a member; `undefined` when one of them ends with it. */
export function placesBehind(places: Places, member: string): Places | undefined {
  if (places.length === 0) return NO_PLACES;
  const behind: (readonly Segment[])[] = [];
  const open = [...places];
  for (const segments of open) {
    const [first, ...rest] = segments;
    if (first === DEEP) {
      // `**` stands for this member and those behind it, or for none.
      behind.push(segments);
      open.push(rest);
      if (rest.length === 0) return undefined;
    } else if (first === ANY || first === member) {
      if (rest.length === 0) return undefined;
      behind.push(rest);
    }
  }
  return behind;
}
