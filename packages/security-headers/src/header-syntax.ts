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
 * Whether a text may be the value of a header (RFC 9110, section 5.5): no control character but
 * the tab, and nothing beyond Latin-1, since no byte stands for that.
 */
export const isFieldValue = (text: string): boolean => !/[^\t\x20-\x7e\xa0-\xff]/.test(text);

/**
 * Whether a text that is no such value would do harm as one: it has a control character, or a
 * character of which CR, LF or NUL is left when it is written as one byte (U+010A, say).
 */
export const breaksOut = (text: string): boolean =>
  /[^\P{Cc}\t]/u.test(text) || /[\0\r\n]/.test(Buffer.from(text, "latin1").toString("latin1"));

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
