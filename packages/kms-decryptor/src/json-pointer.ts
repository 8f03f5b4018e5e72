/**
 * JSON pointers into an event.
 *
 * A pointer is the developer's, what it points into is the caller's: only own properties are
 * followed, and of an array only its elements.
 *
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc6901
 */

/** A value and where it stands. */
export interface Place {
  /** What holds the value under `key`. */
  readonly holder: object;
  readonly key: string;
  readonly value: unknown;
  /** The index that each `*` of the pointer stands for here. */
  readonly indexes: readonly number[];
}

/** Whether text is a JSON pointer to something inside of a document. */
export function isPointer(text: string): boolean {
  return /^(?:\/(?:[^/~]|~[01])*)+$/.test(text);
}

/** The unescaped segments of a pointer (RFC 6901, section 4). */
export function parsePointer(pointer: string): readonly string[] {
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/**
 * The places that a pointer leads to, one after the other: none where something on the way is
 * absent. The segment `*`, which RFC 6901 gives no meaning in an array, stands for each element.
 *
 * @param open gives what is to be followed in place of a value on the way that holds no others,
 *   such as text; it may throw.
 */
export function placesOf(
  root: object,
  segments: readonly string[],
  open: (place: Place) => object,
): Generator<Place> {
  return walk({ holder: root, key: "", value: root, indexes: [] }, segments, open);
}

/** Recursive only as deep as the pointer is long. */
function* walk(
  place: Place,
  [segment, ...rest]: readonly string[],
  open: (place: Place) => object,
): Generator<Place> {
  const { value, indexes } = place;
  if (segment === undefined) {
    yield place;
    return;
  }
  if (value === undefined || value === null) return;
  const holder = typeof value === "object" ? value : open(place);
  if (Array.isArray(holder) && segment === "*") {
    for (const [index, item] of holder.entries()) {
      const next = { holder, key: String(index), value: item, indexes: [...indexes, index] };
      yield* walk(next, rest, open);
    }
  } else if (Object.hasOwn(holder, segment) && (!Array.isArray(holder) || isIndex(segment))) {
    const member = (holder as Readonly<Record<string, unknown>>)[segment];
    yield* walk({ holder, key: segment, value: member, indexes }, rest, open);
  }
}

const isIndex = (segment: string): boolean => /^(?:0|[1-9]\d*)$/.test(segment);

/** A pointer's segments with the indexes of another place in place of its `*`, the first for the first. */
export function withIndexes(
  segments: readonly string[],
  indexes: readonly number[],
): readonly string[] {
  let next = 0;
  return segments.map((segment) => (segment === "*" ? String(indexes[next++] ?? "*") : segment));
}

/**
 * Puts another value in a place.
 *
 * @returns whether it stands there now: a frozen object takes none.
 */
export function replace({ holder, key }: Place, value: unknown): boolean {
  // Not an assignment: an own property called `__proto__` is a name like any other.
  return Reflect.defineProperty(holder, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
