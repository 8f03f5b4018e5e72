/**
 * What another service wrapped around the payload of a record.
 *
 * Told by an option and never by the form of the content, which whoever may send can imitate.
 *
 * @module
 */
import { unreadable } from "./unreadable.ts";

/** The service that forwarded a payload. */
export type Envelope = "eventbridge" | "sns";

type Fields = Readonly<Record<string, unknown>>;

/** Whether the payload of a letter is text, which is yet to be parsed, in SNS, or a value, in EventBridge. */
export function openEnvelope(envelope: Envelope, letter: unknown): unknown {
  const fields = Object(letter) as Fields;
  const names =
    envelope === "sns" ? ["TopicArn", "MessageId", "Message"] : ["id", "source", "detail-type"];
  if (!names.every((name) => typeof fields[name] === "string")) return unreadable("no_envelope");
  if (envelope === "sns" && fields.Type === "Notification") return fields.Message;
  if (envelope === "eventbridge" && fields.detail !== undefined) return fields.detail;
  return unreadable("no_envelope");
}
