/**
 * Security events: what a middleware publishes when it blocks or notices something.
 *
 * The publisher knows nothing of who listens. Without a subscriber a publish costs one check.
 *
 * @module
 */
import { channel } from "node:diagnostics_channel";
import { isReplaying } from "./durable-execution.ts";
import { type Invocation, invocationOf, type RequestLike } from "./invocation.ts";
import { printable } from "./printable.ts";
import { findSecret } from "./secret.ts";

/** The name of the `node:diagnostics_channel` channel that carries {@link SecurityEvent} messages. */
export const SECURITY_EVENT_CHANNEL = "middy-hardening:security-event";

const securityEvents = channel(SECURITY_EVENT_CHANNEL);

/** As the OWASP Logging Vocabulary Cheat Sheet levels its events. */
export type Severity = "INFO" | "WARN" | "CRITICAL";

/** The names of the OWASP Logging Vocabulary Cheat Sheet. */
export type OwaspEventName =
  | `authn_${"impossible_travel" | "login_fail" | "login_fail_max" | "login_lock" | "login_success" | "login_successafterfail" | "password_change" | "password_change_fail" | "token_created" | "token_delete" | "token_reuse" | "token_revoked"}`
  | `authz_${"admin" | "change" | "fail"}`
  | `crypt_${"decrypt_fail" | "encrypt_fail"}`
  | "excess_rate_limit_exceeded"
  | `input_validation_${"discrete_fail" | "fail"}`
  | `malicious_${"attack_tool" | "cors" | "direct_reference" | "excess_404" | "extraneous"}`
  | "privilege_permissions_changed"
  | `sensitive_${"create" | "delete" | "read" | "update"}`
  | "sequence_fail"
  | `session_${"created" | "expired" | "renewed" | "use_after_expire"}`
  | `sys_${"crash" | "monitor_disabled" | "monitor_enabled" | "restart" | "shutdown" | "startup"}`
  | `upload_${"complete" | "delete" | "stored" | "validation"}`
  | `user_${"archived" | "created" | "deleted" | "updated"}`;

/**
 * Names for what the vocabulary has no word for:
 * - `deadline_exceeded`: an invocation reached the time reserved for its end (WARN);
 * - `response_leak`: a response held a stack trace, a database error or a known secret (CRITICAL);
 * - `response_too_large`: a response cannot be sent: it is too large, or has no JSON form (WARN);
 * - `response_validation_fail`: a response did not match its schema (WARN);
 * - `secret_load_fail`: a secret could not be loaded, or is not what its schema says (WARN);
 * - `work_outlived_invocation`: promises, timers or sockets were still open when it ended (WARN).
 */
export type ExtensionEventName =
  | "deadline_exceeded"
  | "response_leak"
  | "response_too_large"
  | "response_validation_fail"
  | "secret_load_fail"
  | "work_outlived_invocation";

/** Every name that a security event may have. */
export type SecurityEventName = OwaspEventName | ExtensionEventName;

/** One security event. No field holds an input value, a secret or a stack. */
export interface SecurityEvent {
  readonly name: SecurityEventName;
  /**
   * What the name's parameters are in the vocabulary; at most 16, each printable and at most 64
   * characters.
   */
  readonly params: readonly string[];
  readonly severity: Severity;
  /** `blocked`: the suite stopped it. `detected`: it was noticed and let through. */
  readonly outcome: "blocked" | "detected";
  /** One English sentence. */
  readonly description: string;
  /** The package that published it, or the application's own name for itself. */
  readonly source: string;
  /** The invocation in which it happened. */
  readonly request: Invocation;
}

/** What a publisher says of an event; the rest is filled in. */
export interface SecurityEventInput {
  readonly name: SecurityEventName;
  /**
   * In the order of the vocabulary, such as the user and the resource for `authz_fail`; text is made
   * of what is none. Default: none.
   */
  readonly params?: readonly unknown[];
  /** Default: the vocabulary's level for the name. */
  readonly severity?: Severity;
  /** Default: `detected`. */
  readonly outcome?: SecurityEvent["outcome"];
  /** Default: the name. */
  readonly description?: string;
  /** Default: `application`. */
  readonly source?: string;
  /**
   * What becomes of the event while a durable execution is replayed: `publish` is for what cannot
   * repeat an earlier run, since it ends the execution or concerns this invocation alone. Default:
   * `skip`, unless the invocation is failing.
   */
  readonly onReplay?: "publish" | "skip";
}

/** The vocabulary's levels that are not WARN. */
const INFO =
  /^(?:authn_(?:login_success|password_change$|token_(?:created|revoked))|session_(?:created|expired|renewed)|upload_)/;
const CRITICAL =
  /^(?:authn_(?:impossible_travel|password_change_fail|token_reuse)|authz_fail|malicious_(?!excess)|sequence_fail|session_use_after_expire|response_leak)/;

/**
 * The level that the vocabulary (or this suite, for an extension) gives to an event: of
 * `upload_validation`, CRITICAL when a parameter says that a check has `FAILED`.
 */
export function severityOf(name: SecurityEventName, params: readonly string[] = []): Severity {
  if (CRITICAL.test(name)) return "CRITICAL";
  if (name === "upload_validation" && params.some((param) => /:failed$/i.test(param))) {
    return "CRITICAL";
  }
  return INFO.test(name) ? "INFO" : "WARN";
}

/** An object of an attacker's making may be a parameter, and an array of a million. */
const MAX_PARAMS = 16;

/**
 * Publishes a security event on {@link SECURITY_EVENT_CHANNEL}, synchronously.
 *
 * ```ts
 * publishSecurityEvent({ event, context }, { name: "authz_fail", params: [userId, "order"] });
 * ```
 *
 * It never throws, whatever it is given. A name that is not of the vocabulary, which only code without
 * types can give, is published as it is, as a WARN.
 */
export function publishSecurityEvent(request: RequestLike, input: SecurityEventInput): void {
  if (!securityEvents.hasSubscribers) return;
  try {
    if (!isRepetition(request, input)) securityEvents.publish(eventOf(request, input));
  } catch {
    // What cannot even be read is no event, and the application must go on.
  }
}

function eventOf(request: RequestLike, input: SecurityEventInput): SecurityEvent {
  const { outcome, severity, source = "application" } = input;
  const name = textOf(input.name, 64) as SecurityEventName;
  const given = Array.isArray(input.params) ? input.params.slice(0, MAX_PARAMS) : [];
  const params = given.map((param) => textOf(param, 64));
  return {
    name,
    params,
    severity: isSeverity(severity) ? severity : severityOf(name, params),
    outcome: outcome === "blocked" ? "blocked" : "detected",
    description: textOf(input.description ?? name, 256),
    source: textOf(source, 128),
    request: invocationOf(request),
  };
}

/** Whether an earlier run of a durable execution has published the same. Not when this one fails: that one would have, too. */
function isRepetition(request: RequestLike, { onReplay = "skip" }: SecurityEventInput): boolean {
  const isFailing = (request as { readonly error?: unknown }).error !== undefined;
  return onReplay === "skip" && !isFailing && isReplaying(request.context);
}

const isSeverity = (value: unknown): value is Severity =>
  value === "INFO" || value === "WARN" || value === "CRITICAL";

/**
 * Printable text of any value; of one that cannot be made text (a throwing `toString`), its type. A text
 * with a live secret is replaced by its label: once it is cut, nobody could recognise the rest.
 */
function textOf(value: unknown, maxLength: number): string {
  let text: string;
  try {
    text = String(value);
  } catch {
    text = typeof value;
  }
  return printable(text.length > maxLength ? (findSecret(text) ?? text) : text, maxLength);
}
