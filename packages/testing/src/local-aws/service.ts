/**
 * What the server knows of a service: its wire names, its operations and its errors.
 *
 * @module
 */
import type { AwsError } from "./aws-error.ts";
import type { Input } from "./input.ts";

/** A service that the local endpoint speaks, by the name of its SDK client. */
export type LocalAwsService = "kms" | "secretsmanager" | "ssm" | "appconfigdata";

/** An operation: what its input comes to, or an {@link AwsError} thrown. */
export type Operation = (input: Input) => object;

/** An answer as it goes over the wire. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Where a service's resources are. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

export interface Service {
  readonly operations: Readonly<Record<string, Operation>>;
  /** What stands before the operation in `X-Amz-Target`; `undefined` for a service with paths of its own. */
  readonly target?: string;
  /** The member in which an error's message travels. */
  readonly messageMember: "message" | "Message";
  /** IAM's prefix of the service's actions. */
  readonly actionPrefix: string;
  /** What the service says to a caller who is too fast. */
  readonly throttled: { readonly statusCode: number };
  /** What the service says when it is denied. */
  readonly denied: { readonly statusCode: number };
  /** What the service says of a failure of its own. */
  readonly failed: { readonly code: string };
}

/** The answer that an error is. */
export function errorAnswer(error: AwsError, contentType: string, messageMember: string): Answer {
  return {
    statusCode: error.statusCode,
    headers: { "content-type": contentType, "x-amzn-errortype": error.code },
    body: JSON.stringify({
      __type: error.code,
      ...(error.message === "" ? {} : { [messageMember]: error.message }),
      ...error.members,
    }),
  };
}

/** Seconds since 1970, as AWS JSON writes a time. */
export const epochSeconds = (time: Date): number => time.getTime() / 1000;
