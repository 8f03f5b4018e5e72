/**
 * What HTTP allows as the name and the value of a header field.
 *
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5
 */
import type { OptionRule } from "@middy-hardening/core";

/** Whether a text may be the name of a header: a token (RFC 9110, section 5.6.2). */
export const isToken = (text: string): boolean => /^[!#$%&'*+\-.^_`|~\w]+$/.test(text);

/**
 * Whether a text holds a control character other than the tab: CR and LF would end the header, NUL
 * cut it. So would a character beyond Latin-1 of which one of these is left when it is written as
 * one byte (U+010A, say): no header may hold such a character.
 */
export const hasControl = (text: string): boolean =>
  /[^\P{Cc}\t]/u.test(text) || (/[^\0-\xff]/.test(text) && isCutToControl(text));

function isCutToControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const byte = text.charCodeAt(index) & 0xff;
    if (byte === 0x00 || byte === 0x0a || byte === 0x0d) return true;
  }
  return false;
}

/** An option that is an array of texts, each of a certain form. */
export const listOf = (expected: string, accepts: (text: string) => boolean): OptionRule => ({
  expected: `an array of ${expected}`,
  accepts: (value) =>
    Array.isArray(value) && value.every((text) => typeof text === "string" && accepts(text)),
});

/** An option that is an array of header names. */
export const headerNameList: OptionRule = listOf(
  "header names",
  (name) => isToken(name) && name !== "*",
);
