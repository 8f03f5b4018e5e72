/**
 * Failures under the names that AWS gives them.
 *
 * @module
 */

/** A failure that the client of a service receives. */
export class AwsError extends Error {
  /** Such as `ResourceNotFoundException`. */
  readonly code: string;
  readonly statusCode: number;
  /** Members of the error's shape beside its message. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    statusCode = 400,
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
    this.members = members;
  }
}

/** What all services answer to an input that breaks a constraint of its model. */
export const validationError = (message: string): AwsError =>
  new AwsError("ValidationException", message);
