/**
 * The address of a caller as the log may have it: as it is, shortened to its network, or hashed.
 *
 * @module
 */
import type { Secret } from "@middy-hardening/core";
import type { SafeText } from "./safe-text.ts";

/** How addresses are logged. */
export type SourceIpForm = "full" | "truncated" | "none" | { readonly hashKey: HashKey };

/** The key of the hash: at least 32 bytes. */
export type HashKey = string | Uint8Array | Secret<string | Uint8Array>;

const MIN_KEY_BYTES = 32;

/** Whether an option is a {@link SourceIpForm}. */
export function isSourceIpForm(value: unknown): value is SourceIpForm {
  if (value === "full" || value === "truncated" || value === "none") return true;
  const key = (value as { hashKey?: unknown } | null | undefined)?.hashKey;
  if (isSecret(key)) return true;
  const isKey = typeof key === "string" || key instanceof Uint8Array;
  return isKey && Buffer.byteLength(key) >= MIN_KEY_BYTES;
}

/** By what it can do: two copies of core in one bundle have two classes. */
const isSecret = (key: unknown): key is Secret<string | Uint8Array> =>
  typeof (key as { reveal?: unknown } | undefined)?.reveal === "function";

/** What makes the logged form of an address; `undefined` where there is nothing to log. */
export function sourceIpWriter(
  form: SourceIpForm,
  safe: SafeText,
): (ip: string) => string | undefined {
  // Behind an ALB, it is the end of a header.
  if (form === "full") return (ip) => safe.line(ip, 64);
  if (form === "none") return () => undefined;
  if (form === "truncated") return (ip) => truncated(ip) || undefined;
  const { hashKey } = form;
  // Loaded only by those who hash: it costs a cold start 3 ms.
  const { createHmac } = process.getBuiltinModule("node:crypto");
  return (ip) => {
    if (ip === "") return undefined;
    const key = isSecret(hashKey) ? hashKey.reveal() : hashKey;
    return `hmac:${createHmac("sha256", key).update(withoutPort(ip)).digest("hex").slice(0, 32)}`;
  };
}

/** An ALB that preserves client ports appends them: `203.0.113.7:49152`, `[2001:db8::1]:49152`. */
export const withoutPort = (ip: string): string =>
  /^\[(.*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^([^:]*):\d+$/.exec(ip)?.[1] ?? ip;

const IPV4 = /^(?:.*:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/;

/**
 * The network of an address: the first 24 bits of IPv4 (mapped into IPv6 too), the first 48 of IPv6,
 * which is what a site is given (RFC 6177). Empty for what is no address.
 */
function truncated(ip: string): string {
  const address = withoutPort(ip);
  const network = IPV4.exec(address)?.[1];
  if (network !== undefined) return `${network}.0`;
  if (!/^[\da-f:]{2,39}$/i.test(address) || !address.includes(":")) return "";
  const [head = "", tail] = address.split("::", 2);
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = 8 - groups.length - rest.length;
  if (tail === undefined ? zeros !== 0 : zeros < 1) return "";
  const all = [...groups, ...Array<string>(zeros).fill("0"), ...rest];
  return `${all.slice(0, 3).join(":").toLowerCase()}::`;
}
