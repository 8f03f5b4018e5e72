/**
 * Signatures of deliveries, in the form of the Standard Webhooks specification: the headers
 * `webhook-id`, `webhook-timestamp` and `webhook-signature`, of which the last holds one or more
 * `v1,<base64 of HMAC-SHA-256>` over `id.timestamp.body`.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface Delivery {
  readonly id: string;
  /** Seconds since 1970, as the header has them. */
  readonly timestamp: string;
  /** The body byte for byte, as it was signed: parsing and printing it again could change it. */
  readonly body: Uint8Array;
}

export function sign({ id, timestamp, body }: Delivery, key: string): string {
  const hmac = createHmac("sha256", Buffer.from(key, "base64"));
  return `v1,${hmac.update(`${id}.${timestamp}.`).update(body).digest("base64")}`;
}

/** Whether one of the signatures is right; while the provider rotates its key, it sends two. */
export function isSignedWith(key: string, delivery: Delivery, signatures: string): boolean {
  const expected = digest(sign(delivery, key));
  let isSigned = false;
  for (const signature of signatures.split(" ", 5)) {
    // Of equal length by hashing, and compared in constant time: neither tells how much was right.
    if (timingSafeEqual(digest(signature), expected)) isSigned = true;
  }
  return isSigned;
}

const digest = (text: string): Buffer => createHmac("sha256", "compare").update(text).digest();
