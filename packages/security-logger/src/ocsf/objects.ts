/**
 * Objects of the Open Cybersecurity Schema Framework that several classes have.
 *
 * @module
 * @see https://schema.ocsf.io/1.6.0/objects
 */
import { isIP } from "node:net";
import type { InvocationRecord } from "../invocation-record.ts";
import type { FormatSetup, LineFields } from "../line-format.ts";
import { withoutPort } from "../source-ip.ts";
import type { WatchedInvocation } from "../watch.ts";

/** What `http_method` may be. Any other is told as the operation alone. */
const METHODS = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/** The objects of an invocation. */
export interface OcsfObjects {
  cloud(invocation: WatchedInvocation | undefined): LineFields;
  service(invocation: WatchedInvocation): LineFields;
  /** The principal; where it is not known, what called the function. */
  actor(invocation: WatchedInvocation, principal: unknown): LineFields;
  userOf(name: unknown): LineFields | undefined;
  api(invocation: WatchedInvocation, operation: string): LineFields;
  source(invocation: WatchedInvocation): LineFields;
  http(invocation: WatchedInvocation, record?: InvocationRecord): LineFields | undefined;
  evidence(invocation: WatchedInvocation): LineFields;
}

export function ocsfObjects({ applicationId, safe, writeSourceIp }: FormatSetup): OcsfObjects {
  const actor: OcsfObjects["actor"] = ({ facts }, principal) => {
    const user = userOf(principal);
    return user === undefined ? { app_name: facts.eventSource } : { user };
  };

  const userOf: OcsfObjects["userOf"] = (name) => {
    const uid = safe.line(name, 128);
    return uid === undefined ? undefined : { uid };
  };

  const service: OcsfObjects["service"] = ({ facts, functionArn }) => ({
    name: applicationId ?? (facts.functionName || "unknown"),
    uid: functionArn || undefined,
    version: facts.functionVersion || undefined,
  });

  const api: OcsfObjects["api"] = (invocation, operation) => ({
    operation: safe.line(operation, 64) ?? "Invoke",
    service: service(invocation),
    request: { uid: invocation.facts.requestId || "unknown" },
  });

  const source: OcsfObjects["source"] = ({ facts }) => {
    const address = writeSourceIp(facts.http?.sourceIp ?? "");
    const ip = withoutPort(address ?? "");
    // A hash is an identifier, and so is whatever else is no address.
    return { svc_name: facts.eventSource, ...(isIP(ip) > 0 ? { ip } : { uid: address }) };
  };

  return {
    actor,
    userOf,
    service,
    api,
    source,

    cloud(invocation) {
      const [, , , region, account] = (invocation?.functionArn ?? "").split(":");
      return {
        provider: "AWS",
        region: process.env.AWS_REGION || region || undefined,
        account: account ? { uid: account, type_id: 10 } : undefined,
      };
    },

    http({ facts: { http } }, record) {
      if (http === undefined) return undefined;
      const { status } = record?.outcome ?? {};
      return {
        http_request: {
          http_method: METHODS.includes(http.method) ? http.method : undefined,
          url: { path: safe.line(http.path, 1024) ?? "/" },
          user_agent: safe.line(http.userAgent, 256),
        },
        http_response:
          status === undefined ? undefined : { code: status, length: record?.bytesOut },
      };
    },

    evidence(invocation) {
      const { http } = invocation.facts;
      return {
        api: api(invocation, http?.method ?? "Invoke"),
        src_endpoint: source(invocation),
        ...(http !== undefined && { http_request: this.http(invocation)?.http_request }),
      };
    },
  };
}
