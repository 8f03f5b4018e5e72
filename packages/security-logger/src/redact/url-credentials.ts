/**
 * Passwords in URLs, and in the connection strings of databases that look like URLs.
 *
 * @module
 */

/** A part of a text, in UTF-16 units. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** What follows a scheme, up to a blank or a quotation mark. In JSON, slashes may be escaped. */
const URL_WORD = /:(?:\\{0,7}\/){2}[^\s"'`<>]+/y;
const AUTHORITY = /(:(?:\\{0,7}\/){2})((?:(?!:\\{0,7}\/\\{0,7}\/)[^/?#])*)/g;
const PORT = /^\d*\\?…?$/;
/** As core's `printable` writes it. */
const CUT = "…";
const WEB_SCHEME = /(?:https?|wss?|file)$/i;

/** In the URL of a database, a password may hold even blanks and quotation marks. */
const LOOSE_USERINFO =
  /(:(?:\\{0,7}\/){2}[^\s/?#"'`<>@:]{0,128}:)(?!\d{1,5}(?:[\s/?#"'`<>\\,;]|$))(?:(?!:\/\/)[^\r\n@"'`<>]|["'](?!\s{0,8}(?:[,:;}\])]|$))){1,256}@(?=[\w[@])[^\s"'`<>]{0,256}/y;

/** The word of a URL whose scheme ends at a place (at the `:`); empty if there is none. */
export function urlAt(text: string, colon: number): string {
  URL_WORD.lastIndex = colon;
  return URL_WORD.exec(text)?.[0] ?? "";
}

/** The password of a database's URL, which may hold what no word does. */
export function looseUserinfoAt(text: string, colon: number): Place | undefined {
  LOOSE_USERINFO.lastIndex = colon;
  const loose = LOOSE_USERINFO.exec(text);
  if (loose === null || WEB_SCHEME.test(text.slice(Math.max(colon - 5, 0), colon)))
    return undefined;
  const [match, start = ""] = loose;
  return { start: colon + start.length, end: colon + match.lastIndexOf("@") };
}

/**
 * The password of each URL in a word, or its user where there is no password. A password may hold `@`
 * and, against RFC 3986, section 3.2, `/`, `?` and `#`; so everything up to the last `@` goes, unless
 * what follows the first colon is a port.
 */
export function userinfoOf(word: string, offset: number): Place[] {
  // One that was cut within its password ends in the mark of the cut.
  const last = word.endsWith(CUT) ? word.length : word.lastIndexOf("@");
  const places: Place[] = [];
  if (last === -1) return places;
  for (const match of word.matchAll(AUTHORITY)) {
    const [, sign = "", authority = ""] = match;
    const start = match.index + sign.length;
    const colon = authority.indexOf(":");
    if (colon !== -1 && start + colon < last && !PORT.test(authority.slice(colon + 1))) {
      places.push({ start: offset + start + colon + 1, end: offset + last });
      break;
    }
    const at = authority.lastIndexOf("@");
    if (at > 0) places.push({ start: offset + start, end: offset + start + at });
  }
  return places;
}
