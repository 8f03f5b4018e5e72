/**
 * The headers that the OWASP Secure Headers Project proposes, with values for an API: where the
 * project's value leaves room for a page of its own (`'self'`), an API needs none.
 *
 * Not here: `Clear-Site-Data`, which the project wants on the answer to a logout only.
 *
 * @module
 * @see https://owasp.org/www-project-secure-headers/ ("Best Practices", "Configuration proposal")
 */

/** Browser features that the project's `Permissions-Policy` names; each is denied. */
const FEATURES =
  "accelerometer autoplay camera cross-origin-isolated display-capture encrypted-media fullscreen " +
  "geolocation gyroscope keyboard-map magnetometer microphone midi payment picture-in-picture " +
  "publickey-credentials-get screen-wake-lock sync-xhr usb web-share xr-spatial-tracking " +
  "clipboard-read clipboard-write gamepad hid idle-detection interest-cohort serial unload";

/** The default of each option that stands for one header. */
const recommended = {
  cacheControl: "no-store",
  contentSecurityPolicy:
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  crossOriginEmbedderPolicy: "require-corp",
  crossOriginOpenerPolicy: "same-origin",
  crossOriginResourcePolicy: "same-origin",
  permissionsPolicy: FEATURES.replace(/ |$/g, "=(), ").slice(0, -2),
  referrerPolicy: "no-referrer",
  strictTransportSecurity: "max-age=63072000; includeSubDomains",
  xContentTypeOptions: "nosniff",
  xDnsPrefetchControl: "off",
  xFrameOptions: "deny",
  xPermittedCrossDomainPolicies: "none",
} as const;

/** The name of an option that stands for one header. */
export type HeaderOption = keyof typeof recommended;

export const headerOptions = Object.keys(recommended) as HeaderOption[];

/** A header's name in lower case, and its value. */
export type Header = readonly [name: string, value: string];

/** What each option gives: its own value, the recommended one, or no header when it is `false`. */
export function headersOf(
  options: {
    readonly [Name in HeaderOption]?: string | false | undefined;
  },
): readonly Header[] {
  const headers: Header[] = [];
  for (const option of headerOptions) {
    const value = options[option] ?? recommended[option];
    const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (value !== false) headers.push([name, value]);
  }
  return headers;
}
