/**
 * Masking what is secret in a text.
 *
 * @module
 */
import { findSecret, maskCredentials, printable } from "@middy-hardening/core";

/** How much of a text is looked at beyond what is shown: more than the longest secret. */
const OVERLAP = 131_072;

export function createTextRedactor(maxLength: number): (text: string) => string {
  return (text) => {
    const scanned = text.slice(0, maxLength + OVERLAP);
    const masked = findSecret(scanned) === undefined ? maskCredentials(scanned) : "[redacted]";
    return printable(masked, maxLength);
  };
}
